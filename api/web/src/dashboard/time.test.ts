import { describe, expect, test } from "vitest";
import { addDays, clock, hours, today } from "./time";

describe("civil time", () => {
  test("the date is the zone's, not the browser's", () => {
    const at = new Date("2026-03-01T17:30:00Z");
    expect(today("Asia/Shanghai", at)).toBe("2026-03-02");
    expect(today("America/New_York", at)).toBe("2026-03-01");
  });
  test("days move over months and leap days", () => {
    expect(addDays("2024-02-28", 1)).toBe("2024-02-29");
    expect(addDays("2026-01-01", -1)).toBe("2025-12-31");
  });
  test("a night shift's off punch shows that it is on the next date", () => {
    expect(clock("2026-03-02T22:05:00Z", "Asia/Shanghai", "2026-03-02")).toBe("06:05 +1");
    expect(clock("2026-03-02T01:06:00+00:00", "Asia/Shanghai", "2026-03-02")).toBe("09:06");
    expect(clock(null, "Asia/Shanghai")).toBe("");
  });
  test("minutes read as hours", () => {
    expect(hours(485)).toBe("8:05");
    expect(hours(0)).toBe("0:00");
  });
});
