import { expect, test } from "vitest";
import { codeOf } from "./code";

test("a code is read from a link, with dashes, and in small letters", () => {
  expect(codeOf(" abcde-fgh12 ")).toBe("ABCDEFGH12");
  expect(codeOf("https://daka.example/join/ABCDEFGH12?from=qr")).toBe("ABCDEFGH12");
  expect(codeOf("")).toBe("");
});
