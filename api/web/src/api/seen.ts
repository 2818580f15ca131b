const PREFIX = "daka.seen.";

/** MAX_AGE_MS is how old an answer may be that is shown without network. */
const MAX_AGE_MS = 7 * 24 * 3_600_000;

/** keepSeen keeps an answer on the device, so that the page can be used without network. */
export function keepSeen(name: string, answer: unknown): void {
  try {
    localStorage.setItem(PREFIX + name, JSON.stringify({ at: Date.now(), answer }));
  } catch {
    // A full or closed storage keeps nothing; then the page says that it needs the network.
  }
}

/** seen gives the answer that was kept, and when, in milliseconds of this device's clock; null when there is none of the last week. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the caller names what it kept
export function seen<T>(name: string): { at: number; answer: T } | null {
  try {
    const kept = JSON.parse(localStorage.getItem(PREFIX + name) ?? "null") as { at: number; answer: T } | null;
    return kept && Date.now() - kept.at < MAX_AGE_MS ? kept : null;
  } catch {
    return null;
  }
}

/** forgetSeen removes everything that was kept, when somebody signs out or another one signs in. */
export function forgetSeen(): void {
  for (const name of Object.keys(localStorage)) if (name.startsWith(PREFIX)) localStorage.removeItem(name);
}
