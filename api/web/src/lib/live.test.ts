// @vitest-environment node
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Live, type Source } from "./live";

class Fake implements Source {
  onopen: ((event: Event) => void) | null = null;
  onerror: ((event: Event) => void) | null = null;
  closed = false;
  private readonly listeners = new Map<string, () => void>();
  addEventListener(kind: string, listener: () => void) {
    this.listeners.set(kind, listener);
  }
  close() {
    this.closed = true;
  }
  say(kind: string) {
    this.listeners.get(kind)?.();
  }
  opens() {
    this.onopen?.(new Event("open"));
  }
  fails() {
    this.onerror?.(new Event("error"));
  }
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function start() {
  const opened: Fake[] = [];
  const states: boolean[] = [];
  const changed = vi.fn();
  const open = () => {
    const source = new Fake();
    opened.push(source);
    return source;
  };
  const live = new Live(open, { changed, state: (on) => states.push(on) }, () => 1);
  const last = () => opened[opened.length - 1] as Fake;
  return { opened, states, changed, live, last };
}

test("given a stream that a proxy answered with 502, a new one is opened, and what was missed is asked for", () => {
  const { opened, states, changed, last } = start();
  last().opens();
  expect(states).toEqual([true]);
  last().fails();
  expect(states).toEqual([true, false]);
  expect(changed).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(1_000);
  expect(opened).toHaveLength(2);
  last().fails();
  vi.advanceTimersByTime(1_999);
  expect(opened).toHaveLength(2);
  vi.advanceTimersByTime(1);
  expect(opened).toHaveLength(3);
  last().opens();
  expect(states.at(-1)).toBe(true);
  expect(changed).toHaveBeenCalledTimes(2);
  expect(opened.slice(0, 2).every((source) => source.closed)).toBe(true);
});

test("the pause grows to half a minute and no further", () => {
  const { opened, last } = start();
  for (let i = 0; i < 8; i++) {
    last().fails();
    vi.advanceTimersByTime(30_000);
  }
  expect(opened).toHaveLength(9);
});

test("given a stream that says nothing for 35 s, it counts as lost; a heartbeat keeps it", () => {
  const { opened, states, last } = start();
  last().opens();
  for (let i = 0; i < 4; i++) {
    vi.advanceTimersByTime(15_000);
    last().say("beat");
  }
  expect(states).toEqual([true]);
  vi.advanceTimersByTime(35_000);
  expect(states).toEqual([true, false]);
  vi.advanceTimersByTime(1_000);
  expect(opened).toHaveLength(2);
});

test("given a stop, nothing is opened any more", () => {
  const { opened, live, last } = start();
  last().fails();
  live.stop();
  vi.advanceTimersByTime(60_000);
  expect(opened).toHaveLength(1);
});
