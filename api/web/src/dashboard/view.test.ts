import { expect, test } from "vitest";
import { amongOf, filterOf, partsOf } from "./view";

const buckets = { on_time: 46, late: 3, missing: 2, leave: 4, trip: 2, ahead: 0 };

test("the parts are all buckets, so that they add up to those expected", () => {
  const parts = partsOf(buckets);
  expect(parts.reduce((sum, part) => sum + part.figure, 0)).toBe(57);
  expect(parts.map((part) => part.key).sort()).toEqual(Object.keys(buckets).sort());
});

test("each tile opens its own list", () => {
  for (const { key } of partsOf(buckets)) expect(filterOf(key)).toEqual({ bucket: key });
  const tally = { outside: 1, early: 1, not_signed: 1, absent: 1, unscheduled: 1 } as Parameters<typeof amongOf>[0];
  expect(amongOf(tally).map(({ key }) => filterOf(key))).toEqual([
    { anomaly: "Outside" },
    { anomaly: "Early" },
    { anomaly: "NotSigned" },
    { status: "Absent" },
    { status: "Unscheduled" },
  ]);
  expect(filterOf("")).toEqual({});
  expect(filterOf("nonsense")).toEqual({});
});
