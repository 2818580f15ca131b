import { afterEach, describe, expect, test } from "vitest";
import { Failure } from "../api/client";
import { judge, keepPending, makePending, readPending } from "./pending";

afterEach(() => localStorage.clear());

describe("a punch without a receipt", () => {
  test("is never called saved or refused while it may have been written", () => {
    for (const status of [0, 408, 429, 500, 502, 503, 504]) expect(judge(new Failure(status, "x", "")).kind).toBe("unknown");
    expect(judge(new TypeError("network")).kind).toBe("unknown");
  });
  test("is refused only by an answer that is final", () => {
    for (const status of [403, 404, 409, 422]) expect(judge(new Failure(status, "x", "")).kind).toBe("refused");
  });
  test("a session that ended keeps the punch for the next sign-in", () => {
    expect(judge(new Failure(401, "unauthenticated", "")).kind).toBe("unknown");
  });
  test("outlives the page with its key and the time of the press", () => {
    const at = new Date("2026-03-02T01:00:00.000Z");
    const punch = makePending("o", at, { lat: 1 });
    keepPending("o", "m", punch);
    expect(readPending("o", "m")).toEqual(punch);
    expect(punch.body.claimed_at).toBe("2026-03-02T01:00:00.000Z");
    expect(readPending("o", "other")).toBeNull();
    keepPending("o", "m", null);
    expect(readPending("o", "m")).toBeNull();
  });
  test("damaged storage is nothing, not a crash", () => {
    localStorage.setItem("daka.punch.o.m", "{");
    expect(readPending("o", "m")).toBeNull();
  });
});
