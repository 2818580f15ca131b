import { afterEach, expect, test, vi } from "vitest";
import { api } from "./client";
import { expired, forgetExpired } from "./expired";
import { untouchedFor, watchTouch } from "./touch";

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
  forgetExpired();
});

test("what the page asks by itself says for how long nobody touched it", async () => {
  vi.useFakeTimers({ toFake: ["Date"], now: 1_000_000 });
  const asked: (string | null)[] = [];
  vi.stubGlobal("fetch", (request: Request) => {
    asked.push(request.headers.get("Daka-Idle"));
    return Promise.resolve(new Response("{}", { status: 200, headers: { "Content-Type": "application/json" } }));
  });
  const get = () => api.GET("/api/v1/me", { baseUrl: "http://daka.test", fetch: globalThis.fetch });
  watchTouch();
  await get();
  vi.setSystemTime(1_090_500);
  await get();
  window.dispatchEvent(new Event("keydown"));
  await get();
  expect(asked).toEqual(["0", "90", "0"]);
  expect(untouchedFor(1_000_000)).toBe(0);
});

test("an expired session is remembered until somebody signs in", async () => {
  const answers = ["session_expired", "unauthenticated"];
  vi.stubGlobal("fetch", () =>
    Promise.resolve(
      new Response(JSON.stringify({ code: answers.shift() }), { status: 401, headers: { "Content-Type": "application/problem+json" } }),
    ),
  );
  expect(expired()).toBe(false);
  for (let i = 0; i < 2; i++) {
    await api.GET("/api/v1/me", { baseUrl: "http://daka.test", fetch: globalThis.fetch });
    expect(expired()).toBe(true);
  }
  forgetExpired();
  expect(expired()).toBe(false);
});
