// An answer that is behind (one's own last write is not in it yet, or days wait to be assessed again) says so; what is shown is asked for again
// after a while, less often each time, until nothing is behind.
const SOON = 1_500;
const LATE = 60_000;

let again: () => void = () => undefined;
let pause = SOON;
let asked = 0; // when, in milliseconds since 1970
let timer: ReturnType<typeof setTimeout> | undefined;

/** onBehind is told when it is time to ask again. */
export function onBehind(ask: () => void): void {
  again = ask;
}

/** noteAnswer looks whether an answer is behind. */
export function noteAnswer(headers: Headers): void {
  if (headers.get("Daka-Stale") !== "true" || timer !== undefined) return;
  if (Date.now() - asked > 2 * pause) pause = SOON; // all was well in between
  timer = setTimeout(askAgain, pause);
}

/** noteWrite makes the pause short, also one that has begun: who has just written waits for it. */
export function noteWrite(): void {
  pause = SOON;
  if (timer === undefined) return;
  clearTimeout(timer);
  timer = setTimeout(askAgain, pause);
}

function askAgain(): void {
  timer = undefined;
  asked = Date.now();
  pause = Math.min(pause * 2, LATE);
  if (!document.hidden) again(); // a page that comes into view again asks by itself
}
