import { useTranslation } from "react-i18next";
import { today } from "../dashboard/time";
import { asMonth, useParam } from "../lib/address";
import type { Seat } from "../shell/seat";
import { useOrganization } from "../shell/useOrganization";
import { Button } from "../ui/Button";
import { Loading } from "../ui/Loading";
import { DayList } from "./DayList";
import { lastOf, monthName, moveMonth } from "./month";
import { PunchList } from "./PunchList";

/** Records are one's own days and punches of a month. */
export function Records({ seat }: { seat: Seat }) {
  const { t, i18n } = useTranslation();
  const { org } = seat;
  const organization = useOrganization(org);
  const zone = organization.data?.time_zone || "UTC";
  const now = today(zone);
  const [chosen, setMonth] = useParam("month");
  const month = asMonth(chosen, now.slice(0, 7));
  const from = `${month}-01`;
  const to = lastOf(month) < now ? lastOf(month) : now;
  if (organization.isPending) return <Loading />;
  return (
    <main className="page narrow">
      <div className="head">
        <h1>{t("records.title")}</h1>
        <div className="when">
          <Button small aria-label={t("month.previous")} onClick={() => setMonth(moveMonth(month, -1))}>
            ‹
          </Button>
          <strong>{monthName(month, i18n.language)}</strong>
          <Button small aria-label={t("month.next")} disabled={month >= now.slice(0, 7)} onClick={() => setMonth(moveMonth(month, 1))}>
            ›
          </Button>
        </div>
      </div>
      <section className="card" aria-labelledby="days-title">
        <h2 id="days-title">{t("records.days")}</h2>
        <DayList org={org} member="me" from={from} to={to} zone={zone} />
      </section>
      <section className="card" aria-labelledby="punches-title">
        <h2 id="punches-title">{t("records.punches")}</h2>
        <PunchList org={org} from={from} to={to} zone={zone} />
      </section>
    </main>
  );
}
