import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { answer, api } from "../api/client";
import { type DaySlot, slotsOf } from "../dashboard/slots";
import { clock, hours } from "../dashboard/time";
import { shortDate } from "../lib/calendar";
import { shownDay } from "../lib/verdict";
import { Pill } from "../ui/Pill";
import { FailureNotice } from "../ui/Notice";

interface Props {
  org: string;
  /** member is an id, or me. */
  member: string;
  from: string;
  to: string;
  zone: string;
}

/** DayList lists a member's days, the newest first. */
export function DayList({ org, member, from, to, zone }: Props) {
  const { t, i18n } = useTranslation();
  const days = useQuery({
    queryKey: ["member-days", org, member, from, to],
    queryFn: () => answer(api.GET("/api/v1/orgs/{org}/members/{member}/days", { params: { path: { org, member }, query: { from, to } } })),
  });
  if (days.isError) return <FailureNotice error={days.error} />;
  const items = [...(days.data?.days ?? [])].reverse();
  if (days.isSuccess && items.length === 0) return <p className="note">{t("records.empty")}</p>;
  return (
    <ul className="own-days" aria-busy={days.isPending}>
      {items.map((day) => (
        <li key={day.date}>
          <span className="time">{shortDate(day.date, i18n.language)}</span>
          <span className="slots-short">
            <Times slots={slotsOf(day.slots)} zone={zone} date={day.date} />
          </span>
          <span className="what">{day.worked_min > 0 ? t("records.worked", { time: hours(day.worked_min) }) : ""}</span>
          <Pill name={shownDay(day)} />
        </li>
      ))}
    </ul>
  );
}

function Times({ slots, zone, date }: { slots: DaySlot[]; zone: string; date: string }) {
  const { t } = useTranslation();
  if (slots.length === 0) return <>–</>;
  return slots.map((slot, i) => (
    <span key={i}>
      {clock(slot.punchAt, zone, date) || "–"}{" "}
      {slot.timeResult && !["Normal", "Pending"].includes(slot.timeResult) && (
        <Pill name={slot.timeResult}>{slot.minutes > 0 ? ` ${t("minutes", { n: slot.minutes })}` : ""}</Pill>
      )}
    </span>
  ));
}
