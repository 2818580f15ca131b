import type { Located, Press, Wish } from "./press";
import { makePress } from "./press";
import type { Outcome } from "./send";
import type { Store } from "./store";

/** Outside is what the queue asks of the world; tests give their own. */
export interface Outside {
  now(): number;
  locate(skip: AbortSignal): Promise<Located>;
  sendPhoto(press: Press): Promise<Press>;
  sendPunch(press: Press): Promise<Outcome>;
  /** alone runs work while no other page of this browser does; it gives false at once when another one is at it. */
  alone(name: string, work: () => Promise<void>): Promise<boolean>;
  pause(ms: number): Promise<void>;
  /** tellPages tells the browser's other pages that something changed. */
  tellPages(): void;
}

/** PAUSES are the seconds between tries by itself; the last one repeats. */
const PAUSES = [2, 5, 10, 30];

/** ELSEWHERE_MS is how long after a press the page in which it was made may still look for its position. */
const ELSEWHERE_MS = 4_000;

/**
 * Queue sends an account's presses in the order in which they were made. A press is stored first; whatever interrupts
 * the rest, closing the page or another account at this device, the next page of the same account goes on with it.
 */
export class Queue {
  private presses: Press[] = [];
  private readonly watchers = new Set<() => void>();
  private readonly locating = new Map<string, AbortController>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private tries = 0;
  /** asked is how long the server asked to wait, in seconds. */
  private asked = 0;
  private running = false;
  private again = false;
  private stopped = false;

  constructor(
    private readonly account: string,
    private readonly store: Store,
    private readonly outside: Outside,
    private readonly saved: (press: Press) => void,
  ) {}

  /** snapshot is the same array until something changes. */
  snapshot = (): Press[] => this.presses;

  subscribe = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  };

  /** press stores a press, and then goes on with it; it resolves when the press is stored. */
  async press(org: string, offset: number, wish: Wish): Promise<void> {
    const press = makePress(this.account, org, this.outside.now(), offset, wish);
    await this.keep(press);
    if (press.locate) void this.find(press.id);
    void this.run();
  }

  /** skip stops waiting for the position of a press. */
  skip(id: string): void {
    this.locating.get(id)?.abort();
  }

  /** isLocating says that this page still waits for the position of a press. */
  isLocating = (id: string): boolean => this.locating.has(id);

  /** dismiss forgets a press whose end was seen. */
  async dismiss(id: string): Promise<void> {
    if (this.presses.find((p) => p.id === id)?.state === "waiting") return;
    await this.store.remove(id);
    await this.reload();
    this.outside.tellPages();
  }

  /** reload reads what other pages may have changed. */
  async reload(): Promise<void> {
    this.presses = await this.store.list(this.account);
    for (const watcher of this.watchers) watcher();
  }

  /** run sends all that wait, unless another page does; what is not answered is tried again by itself. */
  run = async (): Promise<void> => {
    if (this.stopped) return;
    this.again = this.running; // who asks meanwhile may know more, such as that the network is back
    if (this.running) return;
    this.running = true;
    clearTimeout(this.timer);
    try {
      await this.outside.alone(`daka.presses.${this.account}`, () => this.drain());
      await this.reload();
    } catch {
      this.tries += 1; // the device's storage failed; what is in it is tried again
    } finally {
      this.running = false;
    }
    if (this.again) await this.run();
    else if (this.presses.some((p) => p.state === "waiting")) this.later();
  };

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  private later(): void {
    if (this.stopped) return;
    const seconds = Math.max(this.asked, PAUSES[Math.min(this.tries, PAUSES.length) - 1] ?? 1);
    this.timer = setTimeout(() => void this.run(), seconds * 1000);
  }

  /** drain sends in order; where an organization's press has no answer, those behind it wait, and those of other organizations do not. */
  private async drain(): Promise<void> {
    const stuck = new Set<string>();
    this.asked = 0;
    for (;;) {
      await this.reload();
      const next = this.presses.find((p) => p.state === "waiting" && !stuck.has(p.org));
      if (!next || this.stopped) break;
      if (!(await this.forward(next))) stuck.add(next.org);
    }
    this.tries = stuck.size > 0 ? this.tries + 1 : 0;
  }

  /** forward brings a press as far as it goes; false says that there was no answer. */
  private async forward(press: Press): Promise<boolean> {
    const located = await this.located(press);
    let ready: Press;
    try {
      ready = await this.outside.sendPhoto(located);
    } catch {
      await this.keep({ ...located, tries: located.tries + 1 });
      return false;
    }
    if (ready !== located) await this.keep(ready);
    if (ready.photo || this.stopped) return false;
    const outcome = await this.outside.sendPunch(ready);
    if (outcome.kind === "unknown") {
      this.asked = Math.max(this.asked, outcome.retryAfter);
      await this.keep({ ...ready, tries: ready.tries + 1 });
      return false;
    }
    const done: Press =
      outcome.kind === "saved"
        ? { ...ready, state: "saved", receipt: outcome.receipt }
        : {
            ...ready,
            state: "refused",
            problem: { status: outcome.failure.status, code: outcome.failure.code, text: outcome.failure.message },
          };
    await this.keep(done);
    if (done.state === "saved") this.saved(done);
    return true;
  }

  /** located waits for this page's own search; a press whose page was closed before it ended goes without, and says so. */
  private async located(press: Press): Promise<Press> {
    if (!press.locate || press.located) return press;
    await (this.finding.get(press.id) ?? this.outside.pause(press.pressed + ELSEWHERE_MS - this.outside.now()));
    const now = (await this.store.list(this.account)).find((p) => p.id === press.id) ?? press;
    if (now.located) return now;
    const without: Press = { ...now, located: { missing: "unavailable" } };
    await this.keep(without);
    return without;
  }

  private readonly finding = new Map<string, Promise<void>>();

  private async find(id: string): Promise<void> {
    const skip = new AbortController();
    this.locating.set(id, skip);
    const search = this.outside.locate(skip.signal).then(async (located) => {
      const press = (await this.store.list(this.account)).find((p) => p.id === id);
      if (press?.state === "waiting" && !press.located) await this.keep({ ...press, located });
    });
    this.finding.set(id, search);
    try {
      await search;
    } finally {
      this.locating.delete(id);
      this.finding.delete(id);
      await this.reload();
    }
  }

  private async keep(press: Press): Promise<void> {
    await this.store.put(press);
    await this.reload();
    this.outside.tellPages();
  }
}
