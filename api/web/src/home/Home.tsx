import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "raviger";
import { answer, api, Failure, type Schema } from "../api/client";
import { after } from "../api/position";
import { keepSeen, seen } from "../api/seen";
import { clock, longDate } from "../dashboard/time";
import { useLanguage } from "../lib/language";
import { shiftName } from "../lib/shift";
import { pillOf, shownToday } from "../lib/verdict";
import { foreignZone } from "../lib/zone";
import { manages, type Seat } from "../shell/seat";
import { Trouble } from "../shell/states";
import { Loading } from "../ui/Loading";
import { Notice } from "../ui/Notice";
import { PunchCard } from "./PunchCard";
import { PunchList } from "./PunchList";
import { Slots } from "./Slots";

/** Known is today's answer, and how far the server's clock is ahead of this device's, in milliseconds. */
interface Known {
  body: Schema["Today"];
  offset: number;
}

/** Home is one's own today: the shift, the button, and what was saved. */
export function Home({ seat }: { seat: Seat }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const { org } = seat;
  const today = useQuery({
    queryKey: ["today", org],
    refetchInterval: 60_000,
    queryFn: async () => {
      const asked = Date.now();
      try {
        const body = await answer(
          api.GET("/api/v1/orgs/{org}/members/{member}/today", { params: { path: { org, member: "me" }, query: after(org) } }),
        );
        const known: Known = { body, offset: offsetOf(body.now, asked, Date.now()) };
        keepSeen(`today.${org}`, known);
        return { ...known, at: null };
      } catch (error) {
        const kept = error instanceof Failure && error.status === 0 ? seen<Known>(`today.${org}`) : null;
        if (!kept) throw error;
        return { ...kept.answer, at: kept.at };
      }
    },
  });

  if (today.isError && !today.data) return <Trouble error={today.error} retry={() => void today.refetch()} />;
  if (!today.data) return <Loading />;
  const { body, offset, at } = today.data;
  return (
    <main className="page narrow">
      <div className="head">
        <h1>{t("home.title")}</h1>
        <span className="when-long">{longDate(body.date, language)}</span>
      </div>
      {at !== null && <Notice tone="warn">{t("home.unreached", { time: clock(new Date(at).toISOString(), body.time_zone) })}</Notice>}
      <Hints today={body} seat={seat} />
      <PunchCard seat={seat} today={body} offset={offset} />
      <section className="card" aria-labelledby="shift-title">
        <h2 id="shift-title">{body.shift ? t("home.shift", { name: shiftName(body.shift, t) }) : t("home.slots")}</h2>
        <p className="note">
          {[body.group_name, pillOf(shownToday(body), language).word, foreignZone(body.time_zone, language)].filter(Boolean).join(" · ")}
        </p>
        <Slots today={body} />
      </section>
      <section className="card" aria-labelledby="own-title">
        <h2 id="own-title">{t("home.punches")}</h2>
        <PunchList org={org} from={body.date} to={body.date} zone={body.time_zone} />
        <p className="note">
          <Link href={`/o/${org}/records`}>{t("home.month")}</Link> · <Link href={`/o/${org}/access`}>{t("access.link")}</Link>
        </p>
      </section>
    </main>
  );
}

/** offsetOf is how far the server's clock is ahead of this device's, in milliseconds; half of the way is taken off. */
export function offsetOf(serverNow: string, asked: number, answered: number): number {
  return Date.parse(serverNow) - (asked + answered) / 2;
}

function Hints({ today, seat }: { today: Schema["Today"]; seat: Seat }) {
  const { t } = useTranslation();
  const setup = manages(seat) ? (
    <>
      {" "}
      <Link href={`/o/${seat.org}/manage`}>{t("home.setup")}</Link>
    </>
  ) : null;
  if (!today.attendance)
    return (
      <Notice tone="warn">
        {t("home.off")}
        {setup}
      </Notice>
    );
  if (!today.group)
    return (
      <Notice tone="info">
        {t("home.nogroup")}
        {setup}
      </Notice>
    );
  return null;
}
