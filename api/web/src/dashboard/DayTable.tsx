import { Button, Select } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useLanguage } from "../lib/language";
import { pillOf, shown, shownDay } from "../lib/verdict";
import { Loading } from "../ui/Loading";
import { Pill } from "../ui/Pill";
import { Scroll } from "../ui/Scroll";
import { PARTS } from "./parts";
import type { DaySlot } from "./slots";
import { clock, hours } from "./time";

export interface MemberDay {
  member: string;
  number: string;
  name: string;
  date: string;
  shift: string | null;
  status: string;
  worked: number;
  slots: DaySlot[];
  anomalies: string[];
}

interface Props {
  days: MemberDay[];
  zone: string;
  chosen: string;
  /** busy says that nothing came yet, or that these are the days of what was looked at before. */
  busy: boolean;
  /** trouble stands in the place of days that could not be read. */
  trouble: ReactNode;
  onChoose: (word: string) => void;
  more: (() => void) | null;
}

export const STATUSES = ["Normal", "Abnormal", "Absent", "HalfDay", "Leave", "Trip", "Pending", "Rest", "Unscheduled"] as const;
export const ANOMALIES = ["Late", "SeriousLate", "Absenteeism", "Early", "NotSigned", "Outside", "PhotoMissing"] as const;

/** DayTable lists the members of the day, one row each. */
export function DayTable({ days, zone, chosen, busy, trouble, onChoose, more }: Props) {
  const { t } = useTranslation();
  const language = useLanguage();
  const options = [
    { value: "", label: t("days.all") },
    ...PARTS.map(({ key, word }) => ({ value: key, label: t(word) })),
    ...STATUSES.map((s) => ({ value: s, label: pillOf(s, language).word })),
    ...ANOMALIES.map((a) => ({ value: a, label: pillOf(a, language).word })),
  ];
  return (
    <section className="card fading" aria-labelledby="days-title" aria-busy={busy && days.length > 0}>
      <div className="filters">
        <h2 id="days-title">{t("days.title")}</h2>
        <Select aria-label={t("col.status")} value={chosen} options={options} onChange={onChoose} style={{ minWidth: 140 }} />
      </div>
      {trouble}
      {days.length === 0 && busy && <Loading />}
      {days.length === 0 && !busy && !trouble && <p className="note">{t("days.empty")}</p>}
      {days.length > 0 && (
        <Scroll label={t("days.title")}>
          <table className="days">
            <thead>
              <tr>
                <th scope="col">{t("col.member")}</th>
                <th scope="col" className="wide">
                  {t("col.shift")}
                </th>
                <th scope="col">{t("col.on")}</th>
                <th scope="col">{t("col.off")}</th>
                <th scope="col" className="wide">
                  {t("col.worked")}
                </th>
                <th scope="col">{t("col.status")}</th>
              </tr>
            </thead>
            <tbody>
              {days.map((day) => (
                <tr key={day.member}>
                  <td>
                    {day.name || day.number}
                    {day.name && <div className="sub">{day.number}</div>}
                  </td>
                  <td className="wide">{day.shift ?? "–"}</td>
                  <td>
                    <Slots day={day} kind="OnDuty" zone={zone} />
                  </td>
                  <td>
                    <Slots day={day} kind="OffDuty" zone={zone} />
                  </td>
                  <td className="wide">{day.worked > 0 ? hours(day.worked) : "–"}</td>
                  <td>
                    <Pill name={shownDay(day)} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
      {more && (
        <Button block style={{ marginTop: 12 }} onClick={more}>
          {t("days.more")}
        </Button>
      )}
    </section>
  );
}

function Slots({ day, kind, zone }: { day: MemberDay; kind: string; zone: string }) {
  const { t } = useTranslation();
  const slots = day.slots.filter((slot) => slot.checkType === kind);
  if (slots.length === 0) return <>–</>;
  return slots.map((slot, i) => (
    <div key={i}>
      {clock(slot.punchAt, zone, day.date) || "–"}
      {slot.timeResult && slot.timeResult !== "Normal" && (
        <div className="sub">
          <Pill name={resultOf(slot)}>{slot.minutes > 0 ? ` ${t("minutes", { n: slot.minutes })}` : ""}</Pill>
        </div>
      )}
    </div>
  ));
}

/** resultOf names the result of a slot by its time alone; what else is known stands in the day's own pill. */
const resultOf = ({ timeResult, punchAt, planAt }: DaySlot): string =>
  shown({ timeResult, punched: punchAt !== null, due: planAt !== null && Date.parse(planAt) <= Date.now() });
