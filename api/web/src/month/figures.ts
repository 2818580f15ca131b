import type { Schema } from "../api/client";
import { hours } from "../dashboard/time";
import type { Word } from "./word";

/** Figures are what a member's month and a total have in common; times are minutes. */
export type Figures = Pick<
  Schema["MonthView"],
  | "should_attendance_days"
  | "attendance_days"
  | "attendance_work_time"
  | "late_times"
  | "late_minute"
  | "serious_late_times"
  | "serious_late_minute"
  | "absenteeism_late_times"
  | "absenteeism_days"
  | "leave_early_times"
  | "leave_early_minute"
  | "on_work_lack_card_times"
  | "off_work_lack_card_times"
  | "leave_time"
  | "business_trip_time"
  | "out_time"
  | "overtime_duration"
  | "pending_days"
>;

/** Cell is a figure as it is shown: the text, what stands below it, and how serious it is. */
export interface Cell {
  text: string;
  sub?: string;
  tone?: "warn" | "bad" | "info";
}

type Say = (word: Word, values?: Record<string, string | number>) => string;

/** Column is one figure of the tables; narrow ones stay on a phone. */
export interface Column {
  word: Word;
  narrow: boolean;
  cell: (f: Figures, say: Say) => Cell;
}

const time = (minutes: number): string => (minutes > 0 ? hours(minutes) : "–");

const counted = (times: number, minutes: number, tone: "warn" | "bad", say: Say): Cell =>
  times > 0 ? { text: say("month.times", { n: times }), sub: minutes > 0 ? hours(minutes) : undefined, tone } : { text: "–" };

/** COLUMNS are the figures in their order, after the name. */
export const COLUMNS: readonly Column[] = [
  {
    word: "month.days",
    narrow: true,
    cell: (f, say) => ({
      text: `${f.attendance_days}/${f.should_attendance_days}`,
      sub: f.pending_days > 0 ? say("month.unsettled", { n: f.pending_days }) : undefined,
    }),
  },
  { word: "month.worked", narrow: false, cell: (f) => ({ text: time(f.attendance_work_time) }) },
  {
    word: "month.late",
    narrow: true,
    cell: (f, say) =>
      counted(f.late_times + f.serious_late_times + f.absenteeism_late_times, f.late_minute + f.serious_late_minute, "warn", say),
  },
  { word: "month.early", narrow: false, cell: (f, say) => counted(f.leave_early_times, f.leave_early_minute, "warn", say) },
  { word: "month.lack", narrow: true, cell: (f, say) => counted(f.on_work_lack_card_times + f.off_work_lack_card_times, 0, "bad", say) },
  {
    word: "month.absent",
    narrow: true,
    cell: (f, say) => (f.absenteeism_days > 0 ? { text: say("month.dates", { n: f.absenteeism_days }), tone: "bad" } : { text: "–" }),
  },
  { word: "month.leave", narrow: false, cell: (f) => ({ text: time(f.leave_time), tone: f.leave_time > 0 ? "info" : undefined }) },
  {
    word: "month.away",
    narrow: false,
    cell: (f) => ({ text: time(f.business_trip_time + f.out_time), tone: f.business_trip_time + f.out_time > 0 ? "info" : undefined }),
  },
  { word: "month.overtime", narrow: false, cell: (f) => ({ text: time(f.overtime_duration) }) },
];
