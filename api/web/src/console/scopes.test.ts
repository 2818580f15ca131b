import { expect, test } from "vitest";
import { tagsOf } from "./scopes";

test("scopes are grouped by their part", () => {
  expect(tagsOf(["days:read", "members:write", "members:read"])).toEqual([
    { tag: "days", ways: ["read"] },
    { tag: "members", ways: ["read", "write"] },
  ]);
});
