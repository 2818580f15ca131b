import { describe, expect, test } from "vitest";
import { formOf, newRule, ruleChecks, ruleOf } from "./rule";

const base = newRule("Asia/Shanghai", "2026-03-01");

describe("the rule form", () => {
  test("writes a whole document and reads it back", () => {
    const form = {
      ...base,
      permitLate: "5",
      photo: true,
      breakFrom: "12:00",
      breakTo: "13:00",
      place: true,
      placeName: "HQ",
      lat: "31.2304",
      lng: "121.4737",
      radius: "200",
    };
    const document = ruleOf(form, "Head office");
    expect(document).toMatchObject({
      name: "Head office",
      kind: "fixed",
      time_zone: "Asia/Shanghai",
      effective_from: "2026-03-01",
      holidays: "CN",
      photo_required: true,
      week: ["Day shift", "Day shift", "Day shift", "Day shift", "Day shift", null, null],
      shifts: { "Day shift": { sections: [{ on: "09:00", off: "18:00" }], breaks: [{ from: "12:00", to: "13:00" }], permit_late_min: 5 } },
      places: [{ id: "place", name: "HQ", lat: 31.2304, lng: 121.4737, radius_m: 200 }],
    });
    expect(formOf(document)).toEqual(form);
  });
  test("keeps what an earlier document said beside the form, but not its version", () => {
    const before = {
      version: 3,
      makeup: { per_month: 1 },
      shifts: { early: { sections: [{ on: "07:00", off: "15:00", close_after_min: 60 }], flex_late_min: 30 } },
      places: [{ id: "gate", lat: 1, lng: 2, radius_m: 50, datum: "gcj02" }],
    };
    const document = ruleOf({ ...base, place: true, lat: "3", lng: "4" }, "x", before);
    expect(document).toMatchObject({
      makeup: { per_month: 1 },
      week: ["early", "early", "early", "early", "early", null, null],
      shifts: { early: { sections: [{ on: "09:00", off: "18:00", close_after_min: 60 }], flex_late_min: 30 } },
      places: [{ id: "gate", lat: 3, lng: 4, radius_m: 300, datum: "gcj02" }],
    });
    expect(document).not.toHaveProperty("version");
  });
  test("does not pretend to show what it cannot", () => {
    expect(formOf({ kind: "free" })).toBeNull();
    expect(formOf({ shifts: { a: { sections: [{}] }, b: { sections: [{}] } } })).toBeNull();
    expect(formOf({ shifts: { a: { sections: [{}, {}] } } })).toBeNull();
    expect(formOf({ shifts: { a: { sections: [{}] } }, places: [{}, {}] })).toBeNull();
  });
  test("names what is wrong", () => {
    expect(ruleChecks.on("18:00", { ...base, off: "09:00" })).toBe("rule.times.wrong");
    expect(ruleChecks.week([false, false, false, false, false, false, false])).toBe("rule.week.wrong");
    expect(ruleChecks.breakTo("", { ...base, breakFrom: "12:00" })).toBe("rule.break.wrong");
    expect(ruleChecks.lat("91", { ...base, place: true })).toBe("rule.lat.wrong");
    expect(ruleChecks.lat("", base)).toBeUndefined();
    expect(ruleChecks.permitLate("-1")).toBe("rule.minutes.wrong");
  });
});
