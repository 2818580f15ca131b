import { expect, test } from "vitest";
import { en, zh } from "./words";

test("both languages have every word, and none is empty", () => {
  expect(Object.keys(en).sort()).toEqual(Object.keys(zh).sort());
  for (const [word, text] of [...Object.entries(zh), ...Object.entries(en)]) {
    expect(text.trim(), word).not.toBe("");
  }
});
