import { keepPreviousData, useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Tag } from "antd";
import { lazy, Suspense, useCallback, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { answer, api, type Schema } from "../api/client";
import type { Seat } from "../shell/seat";
import { Trouble } from "../shell/states";
import { Loading } from "../ui/Loading";
import { asDate, useParam } from "../lib/address";
import { foreignZone } from "../lib/zone";
import { DateField } from "../ui/DateField";
import { useLive } from "../shell/useLive";
import { hoursOfDay, palette, ring } from "./charts";
import { DayTable } from "./DayTable";
import { Feed } from "./Feed";
import { Reviews } from "./Reviews";
import { Tiles } from "./Tiles";
import { addDays, longDate, today } from "./time";
import { amongOf, feedOf, filterOf, memberDay, partsOf, slicesOf } from "./view";

const Chart = lazy(() => import("./Chart"));

const PAGE = 50;

/** DashboardPage is one day of an organization, and moves while punches arrive. */
export function DashboardPage({ organization, seat }: { organization: Schema["OrganizationView"]; seat: Seat }) {
  const { t, i18n } = useTranslation();
  const zone = organization.time_zone || "UTC";
  const now = today(zone);
  const [asked, setDate] = useParam("date", now);
  const date = asDate(asked, now);
  const [chosen, setChosen] = useParam("show");
  const queries = useQueryClient();
  const org = organization.id;

  const board = useQuery({
    queryKey: ["dashboard", org, date],
    placeholderData: keepPreviousData,
    queryFn: () => answer(api.GET("/api/v1/orgs/{org}/dashboard", { params: { path: { org }, query: { date } } })),
  });
  const days = useInfiniteQuery({
    queryKey: ["days", org, date, chosen],
    placeholderData: keepPreviousData,
    initialPageParam: "",
    queryFn: ({ pageParam }) =>
      answer(
        api.GET("/api/v1/orgs/{org}/days", {
          params: { path: { org }, query: { date, ...filterOf(chosen), cursor: pageParam, limit: PAGE } },
        }),
      ),
    getNextPageParam: (last) => last.next || undefined,
  });
  const refresh = useCallback(() => {
    void queries.invalidateQueries({ queryKey: ["dashboard", org] });
    void queries.invalidateQueries({ queryKey: ["days", org] });
    void queries.invalidateQueries({ queryKey: ["reviews", org] });
  }, [queries, org]);
  const live = useLive(org, refresh);

  const colours = useMemo(() => palette(), []);
  const figures = board.data;
  const hourOption = useMemo(() => hoursOfDay(figures?.hours ?? [], t("punchUnit"), colours), [figures, colours, t]);
  const ringOption = useMemo(
    () => (figures ? ring(slicesOf(figures.buckets, t, colours), t("peopleUnit"), colours) : null),
    [figures, colours, t],
  );

  if (board.isError && !figures) return <Trouble error={board.error} retry={() => void board.refetch()} />;
  if (!figures) return <Loading />;
  const rows = (days.data?.pages ?? []).flatMap((page) => page.items ?? []).map(memberDay);
  return (
    <main className="page">
      <div className="head">
        <h1>{t("dashboard")}</h1>
        {organization.sample && <span className="pill">{t("sample")}</span>}
        <span className={`live ${live ? "on" : ""}`} role="status">
          <i />
          {t(live ? "live.on" : "live.off")}
        </span>
        {figures.dirty > 0 && <Tag>{t("asof.stale")}</Tag>}
        <div className="when">
          <Button aria-label={t("day.previous")} onClick={() => setDate(addDays(date, -1))}>
            ‹
          </Button>
          <DateField quiet label={t("day")} value={date} onDate={setDate} />
          <Button aria-label={t("day.next")} onClick={() => setDate(addDays(date, 1))}>
            ›
          </Button>
          <Button disabled={date === now} onClick={() => setDate(now)}>
            {t("day.today")}
          </Button>
        </div>
      </div>
      <p className="when-long">{[longDate(date, i18n.language), foreignZone(zone, i18n.language)].filter(Boolean).join(" · ")}</p>
      <Reviews seat={seat} zone={zone} />
      <Tiles
        expected={figures.tally.expected}
        parts={partsOf(figures.buckets)}
        among={amongOf(figures.tally)}
        chosen={chosen}
        busy={board.isPlaceholderData}
        onChoose={setChosen}
      />
      <div className="grid fading" aria-busy={board.isPlaceholderData}>
        <section className="card">
          <h2>{t("chart.hours")}</h2>
          <p className="note">{t("chart.hours.note")}</p>
          <Suspense fallback={<div className="chart" />}>
            <Chart option={hourOption} label={t("chart.hours")} />
          </Suspense>
        </section>
        <section className="card">
          <h2>{t("chart.status")}</h2>
          <p className="note">
            {t("expected")}: {figures.tally.expected}
          </p>
          <Suspense fallback={<div className="chart" />}>{ringOption && <Chart option={ringOption} label={t("chart.status")} />}</Suspense>
        </section>
      </div>
      <div className="grid">
        <DayTable
          days={rows}
          zone={zone}
          chosen={chosen}
          onChoose={setChosen}
          more={days.hasNextPage ? () => void days.fetchNextPage() : null}
          busy={days.isPending || days.isPlaceholderData}
          trouble={days.isError && !days.data && <Trouble error={days.error} retry={() => void days.refetch()} />}
        />
        <section className="card fading" aria-busy={board.isPlaceholderData}>
          <h2>{t("feed.title")}</h2>
          <Feed punches={feedOf(figures.latest ?? [])} zone={zone} />
        </section>
      </div>
    </main>
  );
}
