import type { Press, PunchBody } from "./press";
import type { Store } from "./store";

/** moveOld takes over the one punch a member that pages before the queue kept. */
export async function moveOld(store: Store, account: string, members: { org: string; member: string }[]): Promise<void> {
  for (const { org, member } of members) {
    const place = `daka.punch.${org}.${member}`;
    const press = pressOf(localStorage.getItem(place), account, org);
    if (press) await store.put(press);
    localStorage.removeItem(place);
  }
}

interface Old {
  key: string;
  at: string;
  pressed?: number;
  body: PunchBody;
}

function pressOf(text: string | null, account: string, org: string): Press | null {
  if (!text) return null;
  let old: unknown;
  try {
    old = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isOld(old)) return null;
  const { lat, lng, accuracy_m, note, photo } = old.body;
  const press: Press = {
    id: old.key,
    account,
    org,
    at: old.at,
    pressed: old.pressed ?? Date.parse(old.at),
    note: note ?? "",
    locate: lat !== undefined,
    photoTries: 0,
    state: "waiting",
    tries: 1,
  };
  if (lat !== undefined && lng !== undefined) press.located = { spot: { lat, lng, accuracy_m: accuracy_m ?? 0 } };
  if (photo) press.file = photo;
  return press;
}

function isOld(value: unknown): value is Old {
  return typeof value === "object" && value !== null && "key" in value && "body" in value && "at" in value;
}
