import { createContext, type ReactNode, useContext, useEffect, useMemo, useState, useSyncExternalStore } from "react";
import { remember } from "../api/position";
import { moveOld } from "./old";
import { alone, openPages } from "./pages";
import type { Press } from "./press";
import { Queue } from "./queue";
import { sendPhoto, sendPunch } from "./send";
import { memoryStore, openStore } from "./store";
import { locate } from "./where";

/** Kept is the queue of whoever is signed in. */
export interface Kept {
  queue: Queue;
  /** lasts says that presses outlive the page. */
  lasts: boolean;
}

const Context = createContext<Kept | null>(null);

/** useQueue gives the queue, null until the device's storage is open. */
export const useQueue = () => useContext(Context);

/** usePresses follows an account's presses, oldest first. */
export function usePresses(kept: Kept | null): Press[] {
  const queue = kept?.queue;
  return useSyncExternalStore(queue ? queue.subscribe : never, queue ? queue.snapshot : nothing);
}

const NONE: Press[] = [];
const nothing = () => NONE;
const never = () => () => undefined;

interface Props {
  account: string;
  /** members are the account's memberships, for punches that an older page kept by member. */
  members: { org: string; member: string }[];
  saved: (press: Press) => void;
  children: ReactNode;
}

/** QueueProvider opens an account's queue and goes on with what waits, on whatever page of the app one is. */
export function QueueProvider({ account, members, saved, children }: Props) {
  const [kept, setKept] = useState<Kept | null>(null);
  const opening = useMemo(() => ({ members, saved }), []); // eslint-disable-line react-hooks/exhaustive-deps -- the queue outlives a render
  useEffect(() => {
    let close: () => void = () => undefined;
    let left = false;
    void open(account, opening.saved, opening.members).then((opened) => {
      if (left) opened.close();
      else {
        close = opened.close;
        setKept(opened.kept);
      }
    });
    return () => {
      left = true;
      close();
      setKept(null);
    };
  }, [account, opening]);
  return <Context value={kept}>{children}</Context>;
}

async function open(account: string, saved: (press: Press) => void, members: { org: string; member: string }[]) {
  const opened = await openStore().then(
    (store) => ({ store, lasts: true }),
    () => ({ store: memoryStore(), lasts: false }),
  );
  const pages = openPages(() => void queue.reload().then(() => queue.run()));
  const queue = new Queue(
    account,
    opened.store,
    {
      now: Date.now,
      locate,
      sendPhoto,
      sendPunch,
      alone,
      tellPages: () => pages.tell(),
      pause: (ms) => new Promise((resolve) => setTimeout(resolve, Math.max(0, ms))),
    },
    (press) => {
      if (press.receipt) remember(press.org, press.receipt);
      saved(press);
    },
  );
  const again = () => void queue.run();
  window.addEventListener("online", again);
  document.addEventListener("visibilitychange", again);
  await moveOld(opened.store, account, members);
  await queue.reload();
  again();
  const close = () => {
    window.removeEventListener("online", again);
    document.removeEventListener("visibilitychange", again);
    pages.close();
    queue.stop();
  };
  return { kept: { queue, lasts: opened.lasts }, close };
}
