import { useInfiniteQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "raviger";
import { answer, api, type Schema } from "../api/client";
import type { Seat } from "../shell/seat";
import { Button } from "../ui/Button";
import { Empty } from "../ui/Empty";
import { Loading } from "../ui/Loading";
import { FailureNotice } from "../ui/Notice";

const PAGE = 50;

/** Access shows who looked at one's places and photos, when, and what they saw. */
export function Access({ seat }: { seat: Seat }) {
  const { t } = useTranslation();
  const { org } = seat;
  const log = useInfiniteQuery({
    queryKey: ["access", org],
    initialPageParam: "",
    queryFn: ({ pageParam }) =>
      answer(
        api.GET("/api/v1/orgs/{org}/members/{member}/access-log", {
          params: { path: { org, member: "me" }, query: { limit: PAGE, cursor: pageParam } },
        }),
      ),
    getNextPageParam: (last) => last.next || undefined,
  });
  if (log.isPending) return <Loading />;
  const items = (log.data?.pages ?? []).flatMap((page) => page.items ?? []);
  return (
    <main className="page narrow">
      <p className="back">
        <Link href={`/o/${org}`}>‹ {t("back")}</Link>
      </p>
      <div className="head">
        <h1>{t("access.title")}</h1>
      </div>
      <p className="lead">{t("access.lead")}</p>
      <section className="card">
        <FailureNotice error={log.error} />
        {log.isSuccess && items.length === 0 && <Empty title={t("access.empty")}>{t("access.empty.help")}</Empty>}
        <ul className="rows">
          {items.map((seen) => (
            <Line key={seen.id} seen={seen} />
          ))}
        </ul>
        {log.hasNextPage && (
          <Button block busy={log.isFetchingNextPage} onClick={() => void log.fetchNextPage()}>
            {t("access.more")}
          </Button>
        )}
      </section>
    </main>
  );
}

function Line({ seen }: { seen: Schema["SeenByView"] }) {
  const { t, i18n } = useTranslation();
  const when = new Intl.DateTimeFormat(i18n.language === "zh" ? "zh-CN" : "en-GB", { dateStyle: "medium", timeStyle: "short" });
  const who =
    seen.name || t(seen.actor.kind === "member" ? "access.member" : seen.actor.kind === "token" ? "access.program" : "access.somebody");
  return (
    <li>
      <div className="who">
        <strong>{who}</strong>
        <p className="note">{[when.format(new Date(seen.at)), t(`access.purpose.${seen.purpose}`, "")].filter(Boolean).join(" · ")}</p>
      </div>
      <span className="what wrap">
        {fieldsOf(seen.fields ?? [])
          .map((field) => t(`access.field.${field}`, field))
          .join(" · ")}
      </span>
    </li>
  );
}

/** fieldsOf names what was seen once: latitude and longitude are one place. */
export function fieldsOf(fields: readonly string[]): string[] {
  return [...new Set(fields.map((field) => (field === "lat" || field === "lng" ? "place" : field)))];
}
