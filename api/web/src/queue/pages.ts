/** alone runs work while no other page of this browser does the same; false says that another one is at it. */
export async function alone(name: string, work: () => Promise<void>): Promise<boolean> {
  // A browser without locks, and a page that is not from https, work alone: the key keeps a punch from counting twice.
  if (!("locks" in navigator)) {
    await work();
    return true;
  }
  return navigator.locks.request(name, { ifAvailable: true }, async (lock) => {
    if (lock) await work();
    return lock !== null;
  });
}

/** Pages speaks with the browser's other pages. */
export interface Pages {
  tell: () => void;
  close: () => void;
}

/** openPages calls changed when another page says that presses changed. */
export function openPages(changed: () => void): Pages {
  if (!("BroadcastChannel" in window)) return { tell: () => undefined, close: () => undefined };
  const channel = new BroadcastChannel("daka.presses");
  channel.onmessage = changed;
  return { tell: () => channel.postMessage("changed"), close: () => channel.close() };
}
