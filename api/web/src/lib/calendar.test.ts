// @vitest-environment node
import { expect, test } from "vitest";
import { clockOf, fullDate, shortDate, weeksOf } from "./calendar";

test("a month is laid out in weeks from Monday", () => {
  const weeks = weeksOf("2026-11");
  expect(weeks[0]).toEqual([null, null, null, null, null, null, "2026-11-01"]);
  expect(weeks.at(-1)).toEqual(["2026-11-30", null, null, null, null, null, null]);
  expect(weeksOf("2024-02").flat().filter(Boolean)).toHaveLength(29);
});

test("dates are written in the page's language", () => {
  expect(shortDate("2026-11-30", "zh")).toBe("11月30日 周一");
  expect(shortDate("2026-11-30", "en")).toBe("Mon 30 Nov");
  expect(fullDate("2026-11-30", "zh")).toBe("2026年11月30日 周一");
  expect(fullDate("2026-11-30", "en")).toBe("Mon 30 Nov 2026");
});

test.each([
  ["9", "09:00"],
  ["930", "09:30"],
  ["0930", "09:30"],
  ["9:05", "09:05"],
  ["9：05", "09:05"],
  ["18.30", "18:30"],
  ["24:00", ""],
  ["9:60", ""],
  ["", ""],
])("%s is read as %s", (typed, time) => expect(clockOf(typed)).toBe(time));

test("a shift may end on the next date", () => expect(clockOf("30:00", 72)).toBe("30:00"));
