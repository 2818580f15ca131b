import { expect, test } from "vitest";
import { answered, grantsOf } from "./roles";

const held = [
  { role: "hr", department: null, group: null },
  { role: "manager", department: "d1", group: null },
] as unknown as Parameters<typeof grantsOf>[0];

test("the roles that a member has go back without empty reaches", () => {
  expect(grantsOf(held)).toEqual([{ role: "hr" }, { role: "manager", department: "d1" }]);
  expect(grantsOf(null)).toEqual([]);
});

test("a word about a proposal leaves the member's other roles alone", () => {
  expect(answered("owner", true, held)).toEqual({ owner: true });
  expect(answered("owner", false, held)).toEqual({ owner: false });
  expect(answered("auditor", true, held)).toEqual({ roles: [{ role: "hr" }, { role: "manager", department: "d1" }, { role: "auditor" }] });
  expect(answered("auditor", false, held)).toEqual({ roles: [{ role: "hr" }, { role: "manager", department: "d1" }] });
});
