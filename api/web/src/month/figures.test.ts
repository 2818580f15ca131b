import { describe, expect, it } from "vitest";
import { COLUMNS, type Figures } from "./figures";

const none: Figures = {
  should_attendance_days: 22,
  attendance_days: 0,
  attendance_work_time: 0,
  late_times: 0,
  late_minute: 0,
  serious_late_times: 0,
  serious_late_minute: 0,
  absenteeism_late_times: 0,
  absenteeism_days: 0,
  leave_early_times: 0,
  leave_early_minute: 0,
  on_work_lack_card_times: 0,
  off_work_lack_card_times: 0,
  leave_time: 0,
  business_trip_time: 0,
  out_time: 0,
  overtime_duration: 0,
  pending_days: 0,
};

const say = (word: string, values?: Record<string, string | number>) => (values ? `${word}:${String(values["n"])}` : word);

const shown = (figures: Partial<Figures>) =>
  Object.fromEntries(COLUMNS.map((column) => [column.word, column.cell({ ...none, ...figures }, say)]));

describe("a month's figures", () => {
  it("counts every kind of lateness once, and adds their minutes", () => {
    const cell = shown({ late_times: 2, late_minute: 20, serious_late_times: 1, serious_late_minute: 45, absenteeism_late_times: 1 })[
      "month.late"
    ];
    expect(cell).toEqual({ text: "month.times:4", sub: "1:05", tone: "warn" });
  });

  it("adds missing punches of both ends, and trips to errands", () => {
    const cells = shown({ on_work_lack_card_times: 1, off_work_lack_card_times: 2, business_trip_time: 480, out_time: 30 });
    expect(cells["month.lack"]).toEqual({ text: "month.times:3", sub: undefined, tone: "bad" });
    expect(cells["month.away"]?.text).toBe("8:30");
  });

  it("shows a dash for what did not happen, and days that are not over beside those attended", () => {
    const cells = shown({ attendance_days: 3, pending_days: 1 });
    expect(cells["month.days"]).toEqual({ text: "3/22", sub: "month.unsettled:1" });
    for (const word of ["month.worked", "month.late", "month.early", "month.lack", "month.absent", "month.leave", "month.overtime"])
      expect(cells[word]?.text).toBe("–");
  });
});
