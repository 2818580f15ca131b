import { afterEach, expect, test, vi } from "vitest";
import { forgetSeen, keepSeen, seen } from "./seen";

afterEach(() => {
  localStorage.clear();
  vi.useRealTimers();
});

test("an answer is kept for a week, and forgotten with the others", () => {
  vi.useFakeTimers({ now: 0 });
  localStorage.setItem("daka.position", "no");
  keepSeen("me", { name: "w" });
  expect(seen("me")).toEqual({ at: 0, answer: { name: "w" } });
  vi.setSystemTime(8 * 24 * 3_600_000);
  expect(seen("me")).toBeNull();
  vi.setSystemTime(1);
  forgetSeen();
  expect(seen("me")).toBeNull();
  expect(localStorage.getItem("daka.position")).toBe("no");
});

test("what was damaged is nothing", () => {
  localStorage.setItem("daka.seen.me", "{");
  expect(seen("me")).toBeNull();
});
