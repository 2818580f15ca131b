import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { noteAnswer, noteWrite, onBehind } from "./behind";

const behind = new Headers({ "Daka-Stale": "true" });

beforeEach(() => {
  vi.useFakeTimers();
  noteWrite();
});
afterEach(() => {
  vi.runAllTimers();
  vi.useRealTimers();
});

test("what is behind is asked for again, less often each time, until it is not", () => {
  const ask = vi.fn();
  onBehind(ask);
  noteAnswer(new Headers());
  vi.advanceTimersByTime(100_000);
  expect(ask).not.toHaveBeenCalled();

  for (const [pause, times] of [
    [1_500, 1],
    [3_000, 2],
    [6_000, 3],
  ] as const) {
    noteAnswer(behind);
    noteAnswer(behind); // many answers, one question
    vi.advanceTimersByTime(pause - 1);
    expect(ask).toHaveBeenCalledTimes(times - 1);
    vi.advanceTimersByTime(1);
    expect(ask).toHaveBeenCalledTimes(times);
  }
});

test("pauses end at a minute; a write, and a time in which all was well, make them short again", () => {
  const ask = vi.fn();
  onBehind(ask);
  const asks = (pause: number, times: number) => {
    noteAnswer(behind);
    vi.advanceTimersByTime(pause - 1);
    expect(ask).toHaveBeenCalledTimes(times - 1);
    vi.advanceTimersByTime(1);
    expect(ask).toHaveBeenCalledTimes(times);
  };
  [1_500, 3_000, 6_000, 12_000, 24_000, 48_000, 60_000, 60_000].forEach((pause, i) => asks(pause, i + 1));
  noteWrite();
  asks(1_500, 9);
  asks(3_000, 10);
  noteAnswer(behind); // a pause of 6 s has begun
  noteWrite();
  vi.advanceTimersByTime(1_500);
  expect(ask).toHaveBeenCalledTimes(11);
  vi.advanceTimersByTime(20_000);
  asks(1_500, 12);
});
