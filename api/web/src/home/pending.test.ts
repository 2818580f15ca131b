import { afterEach, describe, expect, test, vi } from "vitest";
import { api, Failure } from "../api/client";
import { bodyAt, judge, keepPending, makePending, readPending, sendPunch } from "./pending";

afterEach(() => {
  localStorage.clear();
  vi.restoreAllMocks();
});

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
  test("sent more than a minute after the press says that it was made offline", () => {
    const punch = makePending("o", new Date("2026-03-02T01:00:00.000Z"), { lat: 1 });
    const pressed = punch.pressed ?? 0;
    expect(bodyAt(punch, pressed + 60_000)).toEqual(punch.body);
    expect(bodyAt(punch, pressed + 60_001)).toEqual({ ...punch.body, offline: true });
  });
  test("that got through before it was late gets its receipt by its own words", async () => {
    const sent: unknown[] = [];
    vi.spyOn(api, "POST").mockImplementation(((_path: string, init: { body: { offline?: boolean } }) => {
      sent.push(init.body.offline);
      const reused = { status: 422, code: "command_id_reused", detail: "used", type: "about:blank", title: "" };
      return Promise.resolve(
        init.body.offline
          ? { error: reused, response: new Response(null, { status: 422 }) }
          : { data: { id: "r" }, response: new Response(null, { status: 200 }) },
      );
    }) as typeof api.POST);
    const punch = { ...makePending("o", new Date(), {}), pressed: Date.now() - 61_000 };
    const outcome = await sendPunch(punch);
    expect(outcome.kind).toBe("saved");
    expect(sent).toEqual([true, undefined]);
  });
});
