import { type DBSchema, type IDBPDatabase, openDB } from "idb";
import type { Press } from "./press";

interface Schema extends DBSchema {
  presses: { key: string; value: Press; indexes: { account: string } };
}

/** Store keeps presses on this device, each account's apart. */
export interface Store {
  put(press: Press): Promise<void>;
  remove(id: string): Promise<void>;
  /** list gives an account's presses, oldest first. */
  list(account: string): Promise<Press[]>;
}

/** openStore opens the device's storage; it fails where the browser keeps nothing. */
export async function openStore(): Promise<Store> {
  const db: IDBPDatabase<Schema> = await openDB<Schema>("daka", 1, {
    upgrade: (fresh) => {
      fresh.createObjectStore("presses", { keyPath: "id" }).createIndex("account", "account");
    },
  });
  return {
    // strict: the press is on the disk, and not in a cache that a lost battery empties, before anything else happens.
    put: async (press) => {
      const tx = db.transaction("presses", "readwrite", { durability: "strict" });
      await Promise.all([tx.store.put(press), tx.done]);
    },
    remove: (id) => db.delete("presses", id),
    list: async (account) => inOrder(await db.getAllFromIndex("presses", "account", account)),
  };
}

/** memoryStore is for a browser that keeps nothing: presses live as long as the page, and the page says so. */
export function memoryStore(): Store {
  const kept = new Map<string, Press>();
  return {
    put: (press) => {
      kept.set(press.id, press);
      return Promise.resolve();
    },
    remove: (id) => {
      kept.delete(id);
      return Promise.resolve();
    },
    list: (account) => Promise.resolve(inOrder([...kept.values()].filter((p) => p.account === account))),
  };
}

const inOrder = (presses: Press[]) => presses.sort((a, b) => a.pressed - b.pressed || a.id.localeCompare(b.id));
