import { describe, expect, test } from "vitest";
import * as dashboard from "./dashboard/words";
import * as first from "./words";
import * as console from "./console/words";
import * as imports from "./imports/words";
import * as month from "./month/words";

const holes = (text: string) => [...text.matchAll(/{{(\w+)}}/g)].map((hole) => hole[1]).sort();

describe.each([
  ["first load", first],
  ["dashboard", dashboard],
  ["console", console],
  ["imports", imports],
  ["month", month],
])("words of the %s", (_, { zh, en }) => {
  const chinese: Record<string, string> = zh;
  const english: Record<string, string> = en;
  test("both languages have the same words, and none is empty", () => {
    expect(Object.keys(english).sort()).toEqual(Object.keys(chinese).sort());
    for (const text of [...Object.values(chinese), ...Object.values(english)]) expect(text.trim()).not.toBe("");
  });
  test("both fill the same holes", () => {
    for (const key of Object.keys(chinese)) expect(holes(english[key] ?? ""), key).toEqual(holes(chinese[key] ?? ""));
  });
});
