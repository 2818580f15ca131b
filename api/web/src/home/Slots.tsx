import { useTranslation } from "react-i18next";
import type { Schema } from "../api/client";
import { clock } from "../dashboard/time";
import { shown } from "../lib/verdict";
import { Pill } from "../ui/Pill";

type Slot = Schema["TodaySlot"];

/** slotVerdict names what is known of a slot, and no more. */
export const slotVerdict = (slot: Slot, now: string): string =>
  shown({
    timeResult: slot.time_result,
    punched: slot.punch_at !== null,
    due: Date.parse(slot.plan_at) <= Date.parse(now),
    review: slot.review_waits,
    outside: slot.outside,
    photoMissing: slot.photo_missing,
  });

/** Slots are the punches that the shift asks for, each with what fills it. */
export function Slots({ today }: { today: Schema["Today"] }) {
  const { t } = useTranslation();
  const slots = today.slots ?? [];
  if (slots.length === 0) return <p className="note">{t("home.noslots")}</p>;
  return (
    <ul className="slots">
      {slots.map((slot) => (
        <li key={`${slot.section}${slot.check_type}`}>
          <span className="what">
            {t(slot.check_type)} <b>{clock(slot.plan_at, today.time_zone, today.date)}</b>
          </span>
          <span className="window">
            {t("home.window", {
              from: clock(slot.opens_at, today.time_zone, today.date),
              to: clock(slot.closes_at, today.time_zone, today.date),
            })}
          </span>
          <span className="done">
            {slot.punch_at ? clock(slot.punch_at, today.time_zone, today.date) : "–"}
            {slot.time_result && (
              <Pill name={slotVerdict(slot, today.now)}>
                {slot.minutes > 0 && slot.punch_at ? ` ${t("minutes", { n: slot.minutes })}` : ""}
              </Pill>
            )}
          </span>
        </li>
      ))}
    </ul>
  );
}
