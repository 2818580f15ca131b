import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "../api/client";
import { clock, hours, today } from "../dashboard/time";
import { tone } from "../dashboard/tone";
import { type DaySlot, slotsOf } from "../dashboard/slots";
import type { Seat } from "../shell/seat";
import { Button } from "../ui/Button";
import { Loading } from "../ui/Loading";
import { FailureNotice } from "../ui/Notice";
import { lastOf, monthName, moveMonth } from "./month";
import { PunchList } from "./PunchList";

/** Records are one's own days and punches of a month. */
export function Records({ seat }: { seat: Seat }) {
  const { t, i18n } = useTranslation();
  const { org } = seat;
  const organization = useQuery({ queryKey: ["organization", org], queryFn: () => answer(api.GET("/api/v1/orgs/{org}", { params: { path: { org } } })) });
  const zone = organization.data?.time_zone || "UTC";
  const now = today(zone);
  const [chosen, setMonth] = useState<string | null>(null);
  const month = chosen ?? now.slice(0, 7);
  const from = `${month}-01`;
  const to = lastOf(month) < now ? lastOf(month) : now;
  if (organization.isPending) return <Loading />;
  return (
    <main className="page narrow">
      <div className="head">
        <h1>{t("records.title")}</h1>
        <div className="when">
          <Button small aria-label={t("month.previous")} onClick={() => setMonth(moveMonth(month, -1))}>‹</Button>
          <strong>{monthName(month, i18n.language)}</strong>
          <Button small aria-label={t("month.next")} disabled={month >= now.slice(0, 7)} onClick={() => setMonth(moveMonth(month, 1))}>›</Button>
        </div>
      </div>
      <section className="card" aria-labelledby="days-title">
        <h2 id="days-title">{t("records.days")}</h2>
        <Days org={org} from={from} to={to} zone={zone} />
      </section>
      <section className="card" aria-labelledby="punches-title">
        <h2 id="punches-title">{t("records.punches")}</h2>
        <PunchList org={org} from={from} to={to} zone={zone} />
      </section>
    </main>
  );
}

function Days({ org, from, to, zone }: { org: string; from: string; to: string; zone: string }) {
  const { t } = useTranslation();
  const days = useQuery({
    queryKey: ["own-days", org, from, to],
    queryFn: () => answer(api.GET("/api/v1/orgs/{org}/members/{member}/days", { params: { path: { org, member: "me" }, query: { from, to } } })),
  });
  if (days.isError) return <FailureNotice error={days.error} />;
  const items = [...(days.data?.days ?? [])].reverse();
  if (days.isSuccess && items.length === 0) return <p className="note">{t("records.empty")}</p>;
  return (
    <ul className="own-days">
      {items.map((day) => (
        <li key={day.date}>
          <span className="time">{day.date.slice(5)}</span>
          <span className="slots-short"><Times slots={slotsOf(day.slots)} zone={zone} date={day.date} /></span>
          <span className="what">{day.worked_min > 0 ? t("records.worked", { time: hours(day.worked_min) }) : ""}</span>
          <span className={`pill ${tone(day.status)}`}>{t(`status.${day.status}`)}</span>
        </li>
      ))}
    </ul>
  );
}

function Times({ slots, zone, date }: { slots: DaySlot[]; zone: string; date: string }) {
  const { t } = useTranslation();
  if (slots.length === 0) return <>–</>;
  return slots.map((slot, i) => (
    <span key={i} className={slot.timeResult && slot.timeResult !== "Normal" ? tone(slot.timeResult) : ""}>
      {clock(slot.punchAt, zone, date) || "–"}
      {slot.timeResult && slot.timeResult !== "Normal" ? ` ${t(`result.${slot.timeResult}`)}` : ""}
    </span>
  ));
}
