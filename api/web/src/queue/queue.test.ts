import "fake-indexeddb/auto";
import { IDBFactory } from "fake-indexeddb";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { api, Failure } from "../api/client";
import { moveOld } from "./old";
import { bodyAt, bodyOf, lacks, makePress, type Located, type Press } from "./press";
import { type Outside, Queue } from "./queue";
import { type Outcome, outcomeOf, sendPunch } from "./send";
import { memoryStore, openStore, type Store } from "./store";

const receipt = (id: string) => ({ id, position: "1" }) as NonNullable<Press["receipt"]>;
const wish = { note: "", locate: false, photo: null };

/** network is the world of one page: what the server got, and whether it is reached. */
class World implements Outside {
  got: string[] = [];
  up = true;
  down = "";
  retryAfter = 0;
  clock = 1_000_000;
  where: Promise<Located> = Promise.resolve({ spot: { lat: 1, lng: 2, accuracy_m: 3 } });
  photo: (press: Press) => Promise<Press> = (press) => Promise.resolve(press);
  refusal: Failure | null = null;
  busyElsewhere = false;

  now = () => (this.clock += 1);
  locate = () => this.where;
  pause = () => Promise.resolve();
  tellPages = () => undefined;
  sendPhoto = (press: Press) => this.photo(press);
  sendPunch = (press: Press): Promise<Outcome> => {
    if (!this.up || this.down === press.org) return Promise.resolve({ kind: "unknown", retryAfter: this.retryAfter });
    if (this.refusal) return Promise.resolve({ kind: "refused", failure: this.refusal });
    this.got.push(press.note);
    return Promise.resolve({ kind: "saved", receipt: receipt(press.id) });
  };
  alone = async (_name: string, work: () => Promise<void>) => {
    if (this.busyElsewhere) return false;
    await work();
    return true;
  };
}

let store: Store;
const queues: Queue[] = [];
const open = (world: World, account = "me", kept = store) => {
  const queue = new Queue(account, kept, world, () => undefined);
  queues.push(queue);
  return queue;
};
const one = (queue: Queue): Press => {
  const [press] = queue.snapshot();
  if (!press) throw new Error("no press");
  return press;
};
const states = (queue: Queue) => queue.snapshot().map((p) => `${p.note} ${p.state}`);

beforeEach(async () => {
  globalThis.indexedDB = new IDBFactory();
  store = await openStore();
});
afterEach(() => {
  for (const queue of queues.splice(0)) queue.stop();
  localStorage.clear();
  vi.restoreAllMocks();
});

describe("the queue", () => {
  test("keeps every press while nothing is reached, and sends them in order", async () => {
    const world = new World();
    world.up = false;
    const queue = open(world);
    for (const note of ["a", "b", "c"]) await queue.press("o", 0, { ...wish, note });
    await vi.waitFor(() => expect(states(queue)).toEqual(["a waiting", "b waiting", "c waiting"]));
    expect(world.got).toEqual([]);
    world.up = true;
    await queue.run();
    await vi.waitFor(() => expect(states(queue)).toEqual(["a saved", "b saved", "c saved"]));
    expect(world.got).toEqual(["a", "b", "c"]);
  });

  test("goes on in the next page, with the same keys", async () => {
    const world = new World();
    world.up = false;
    const first = open(world);
    await first.press("o", 0, { ...wish, note: "a" });
    await first.press("o", 0, { ...wish, note: "b" });
    first.stop();
    const keys = (await store.list("me")).map((p) => p.id);
    world.up = true;
    const next = open(world, "me", await openStore());
    await next.reload();
    await next.run();
    await vi.waitFor(() => expect(states(next)).toEqual(["a saved", "b saved"]));
    expect(next.snapshot().map((p) => p.id)).toEqual(keys);
  });

  test("is stored before the position is there", async () => {
    const world = new World();
    world.where = new Promise(() => undefined);
    const queue = open(world);
    await queue.press("o", 0, { ...wish, locate: true, note: "a" });
    expect(await store.list("me")).toHaveLength(1);
    expect(world.got).toEqual([]);
  });

  test("a press whose page was closed while it looked for a position goes without, and says so", async () => {
    const world = new World();
    world.where = new Promise(() => undefined);
    const first = open(world);
    await first.press("o", 0, { ...wish, locate: true, note: "a" });
    first.stop();
    const next = open(new World());
    await next.reload();
    await next.run();
    await vi.waitFor(() => expect(states(next)).toEqual(["a saved"]));
    expect(lacks(one(next))).toEqual(["punch.spot.unavailable"]);
  });

  test("another account neither sees nor sends them", async () => {
    const world = new World();
    world.up = false;
    const mine = open(world);
    await mine.press("o", 0, { ...wish, note: "mine" });
    mine.stop();
    const theirs = open(new World(), "other");
    await theirs.reload();
    await theirs.run();
    expect(theirs.snapshot()).toEqual([]);
    expect(await store.list("me")).toHaveLength(1);
  });

  test("where one organization does not answer, the others' presses go out", async () => {
    const world = new World();
    world.down = "o";
    const queue = open(world);
    await queue.press("o", 0, { ...wish, note: "a" });
    await queue.press("o", 0, { ...wish, note: "b" });
    await queue.press("p", 0, { ...wish, note: "c" });
    await vi.waitFor(() => expect(states(queue)).toEqual(["a waiting", "b waiting", "c saved"]));
    expect(world.got).toEqual(["c"]);
  });

  test("waits as long as the server asks", async () => {
    const timers = vi.spyOn(globalThis, "setTimeout");
    const world = new World();
    world.up = false;
    world.retryAfter = 17;
    const queue = open(world);
    await queue.press("o", 0, { ...wish, note: "a" });
    await vi.waitFor(() => expect(timers.mock.calls.some(([, ms]) => ms === 17_000)).toBe(true));
  });

  test("goes on after the device's storage failed once", async () => {
    const world = new World();
    world.up = false;
    const queue = open(world);
    await queue.press("o", 0, { ...wish, note: "a" });
    await vi.waitFor(() => expect(one(queue).tries).toBe(1));
    const put = vi.spyOn(store, "put").mockRejectedValueOnce(new DOMException("full", "QuotaExceededError"));
    world.up = true;
    await queue.run();
    expect(put).toHaveBeenCalledOnce();
    await queue.run();
    await vi.waitFor(() => expect(states(queue)).toEqual(["a saved"]));
  });

  test("names its account, for another page may have signed in as somebody else", async () => {
    const sent: unknown[] = [];
    vi.spyOn(api, "POST").mockImplementation((_path: string, init: { headers: unknown }) => {
      sent.push(init.headers);
      return Promise.resolve({ data: { id: "r" }, response: new Response(null, { status: 201 }) });
    });
    await sendPunch(makePress("me", "o", Date.now(), 0, wish));
    expect(sent).toEqual([{ "Daka-Account": "me" }]);
  });

  test("leaves the work to another page that is at it", async () => {
    const world = new World();
    world.busyElsewhere = true;
    const queue = open(world);
    await queue.press("o", 0, { ...wish, note: "a" });
    await queue.run();
    expect(world.got).toEqual([]);
  });

  test("a refusal ends a press, keeps it until it was seen, and lets those behind it pass", async () => {
    const world = new World();
    world.refusal = new Failure(403, "not_enabled", "closed");
    const queue = open(world);
    await queue.press("o", 0, { ...wish, note: "a" });
    await vi.waitFor(() => expect(states(queue)).toEqual(["a refused"]));
    world.refusal = null;
    await queue.press("o", 0, { ...wish, note: "b" });
    await vi.waitFor(() => expect(states(queue)).toEqual(["a refused", "b saved"]));
    await queue.dismiss(one(queue).id);
    expect(states(queue)).toEqual(["b saved"]);
  });

  test("what waits cannot be dismissed", async () => {
    const world = new World();
    world.up = false;
    const queue = open(world);
    await queue.press("o", 0, { ...wish, note: "a" });
    await queue.dismiss(one(queue).id);
    expect(await store.list("me")).toHaveLength(1);
  });

  test("waits with its photo while nothing is reached", async () => {
    const world = new World();
    world.photo = () => Promise.reject(new Failure(0, "unreachable", ""));
    const queue = open(world);
    await queue.press("o", 0, { ...wish, note: "a", photo: new Blob(["x"]) });
    await vi.waitFor(() => expect(queue.snapshot()[0]?.tries).toBe(1));
    expect(queue.snapshot()[0]?.photo).toBeDefined();
    world.photo = (press) => {
      const { photo, ...rest } = press;
      return Promise.resolve(photo ? { ...rest, file: "f" } : press);
    };
    await queue.run();
    await vi.waitFor(() => expect(queue.snapshot()[0]?.state).toBe("saved"));
    expect(bodyOf(one(queue)).photo).toBe("f");
  });

  test("works without storage as long as the page lives", async () => {
    const queue = open(new World(), "me", memoryStore());
    await queue.press("o", 0, { ...wish, note: "a" });
    await vi.waitFor(() => expect(states(queue)).toEqual(["a saved"]));
  });
});

describe("a press", () => {
  test("has the time of the button by the server's clock", () => {
    expect(makePress("me", "o", Date.parse("2026-03-02T01:00:00Z"), 5_000, wish).at).toBe("2026-03-02T01:00:05.000Z");
  });

  test("sent more than a minute after it was made says that it was made offline", () => {
    const press = makePress("me", "o", 1_000, 0, wish);
    expect(bodyAt(press, 61_000).offline).toBeUndefined();
    expect(bodyAt(press, 61_001).offline).toBe(true);
  });

  test("is never called saved or refused while it may have been written", () => {
    for (const status of [0, 401, 408, 429, 500, 502, 503, 504]) expect(outcomeOf(new Failure(status, "x", "")).kind).toBe("unknown");
    expect(outcomeOf(new TypeError("network")).kind).toBe("unknown");
    for (const status of [403, 404, 409, 422]) expect(outcomeOf(new Failure(status, "x", "")).kind).toBe("refused");
  });

  test("that got through before it was late gets its receipt by its own words", async () => {
    const sent: unknown[] = [];
    vi.spyOn(api, "POST").mockImplementation((_path: string, init: { body: { offline?: boolean } }) => {
      sent.push(init.body.offline);
      const reused = { status: 422, code: "command_id_reused", detail: "used", type: "about:blank", title: "" };
      return Promise.resolve(
        init.body.offline
          ? { error: reused, response: new Response(null, { status: 422 }) }
          : { data: { id: "r" }, response: new Response(null, { status: 200 }) },
      );
    });
    const press = makePress("me", "o", Date.now() - 61_000, 0, wish);
    expect((await sendPunch(press)).kind).toBe("saved");
    expect(sent).toEqual([true, undefined]);
  });

  test("kept by an older page is taken over once", async () => {
    localStorage.setItem(
      "daka.punch.o.m",
      JSON.stringify({ org: "o", key: "k", at: "2026-03-02T01:00:00.000Z", body: { lat: 1, lng: 2, accuracy_m: 3, note: "n" } }),
    );
    localStorage.setItem("daka.punch.o.n", "{");
    await moveOld(store, "me", [
      { org: "o", member: "m" },
      { org: "o", member: "n" },
    ]);
    const [press, ...others] = await store.list("me");
    expect(others).toEqual([]);
    expect(press && bodyOf(press)).toEqual({ claimed_at: "2026-03-02T01:00:00.000Z", note: "n", lat: 1, lng: 2, accuracy_m: 3 });
    expect(localStorage.length).toBe(0);
  });
});
