/** SILENCE_MS is how long a stream may say nothing, not even its heartbeat of each 15 s, before it counts as lost. */
const SILENCE_MS = 35_000;

const SOONEST_MS = 1_000;
const LATEST_MS = 30_000;

/** Source is what is used of an EventSource. */
export interface Source {
  onopen: ((event: Event) => void) | null;
  onerror: ((event: Event) => void) | null;
  addEventListener(kind: string, listener: () => void): void;
  close(): void;
}

/** Ears is who listens: changed is told of each change, state whether the stream stands. */
export interface Ears {
  changed: () => void;
  state: (connected: boolean) => void;
}

/**
 * Live keeps a stream of server-sent events open. A browser gives up for good after an answer that is no stream, such as one 502 of a
 * proxy, so Live opens a new one itself, after a while that grows with each failure; and a stream that says nothing for long is opened anew.
 */
export class Live {
  private source: Source | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private silence: ReturnType<typeof setTimeout> | undefined;
  private failures = 0;

  constructor(
    private readonly open: () => Source,
    private readonly ears: Ears,
    private readonly chance: () => number = Math.random,
  ) {
    this.connect();
  }

  /** stop closes the stream for good. */
  stop(): void {
    clearTimeout(this.timer);
    clearTimeout(this.silence);
    this.source?.close();
    this.source = null;
  }

  private connect(): void {
    this.stop();
    const source = this.open();
    this.source = source;
    this.listen();
    source.onopen = () => {
      this.listen();
      this.ears.state(true);
      if (this.failures > 0) this.ears.changed(); // what happened meanwhile was not heard
      this.failures = 0;
    };
    source.onerror = () => this.lost();
    source.addEventListener("change", () => {
      this.listen();
      this.ears.changed();
    });
    source.addEventListener("beat", () => this.listen());
  }

  private listen(): void {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => this.lost(), SILENCE_MS);
  }

  private lost(): void {
    this.stop();
    this.ears.state(false);
    const most = Math.min(SOONEST_MS * 2 ** this.failures, LATEST_MS);
    this.failures += 1;
    this.timer = setTimeout(() => this.connect(), most * (0.5 + this.chance() / 2));
    // The server may have refused to go on: asking for the data tells why, such as a session that ended.
    if (this.failures === 1) this.ears.changed();
  }
}
