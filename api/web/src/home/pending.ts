import { answer, api, Failure, type Schema } from "../api/client";
import { newKey } from "../api/command";

export type PunchBody = Schema["RecordPunchInput"];

/** Pending is a punch that was sent and has no receipt yet; it is kept on the device, so that closing the page loses nothing. */
export interface Pending {
  org: string;
  key: string;
  body: PunchBody;
  /** at is when the button was pressed, by the server's clock, RFC 3339. */
  at: string;
  /** pressed is the same by this device's clock, in milliseconds; punches kept by an older page have none. */
  pressed?: number;
}

/** Saved is a punch with its receipt. */
export interface Saved {
  at: string;
  receipt: Schema["Receipt"];
}

const place = (org: string, member: string) => `daka.punch.${org}.${member}`;

/** readPending gives the punch that still waits for its receipt. */
export function readPending(org: string, member: string): Pending | null {
  const text = localStorage.getItem(place(org, member));
  if (!text) return null;
  try {
    const kept: unknown = JSON.parse(text);
    return isPending(kept) ? kept : null;
  } catch {
    return null;
  }
}

function isPending(value: unknown): value is Pending {
  return typeof value === "object" && value !== null && "key" in value && "body" in value && "at" in value && "org" in value;
}

/** keepPending writes it before the first try; null forgets it. */
export function keepPending(org: string, member: string, punch: Pending | null): void {
  if (punch) localStorage.setItem(place(org, member), JSON.stringify(punch));
  else localStorage.removeItem(place(org, member));
}

/** makePending gives a punch its key, and the time at which the person pressed. */
export function makePending(org: string, at: Date, body: PunchBody): Pending {
  const instant = at.toISOString();
  return { org, key: newKey(), at: instant, pressed: Date.now(), body: { ...body, claimed_at: instant } };
}

/** PROMPT is how late a punch may be sent, in milliseconds, for its time to count without the word that it was made offline. */
const PROMPT = 60_000;

/** bodyAt is what is sent at a moment, in milliseconds of this device's clock: what comes late was made offline. */
export function bodyAt({ at, pressed, body }: Pending, now: number): PunchBody {
  return now - (pressed ?? Date.parse(at)) > PROMPT ? { ...body, offline: true } : body;
}

export type Outcome = { kind: "saved"; receipt: Schema["Receipt"] } | { kind: "unknown" } | { kind: "refused"; failure: Failure };

/** sendPunch tries once. Only a receipt is "saved"; no answer, and every answer that leaves it open, is "unknown". */
export async function sendPunch(punch: Pending): Promise<Outcome> {
  const body = bodyAt(punch, Date.now());
  const outcome = await post(punch, body);
  // An earlier try, which was not late yet, got through without our knowing: its own words get its receipt.
  if (body.offline && outcome.kind === "refused" && outcome.failure.code === "command_id_reused") return post(punch, punch.body);
  return outcome;
}

async function post({ org, key }: Pending, body: PunchBody): Promise<Outcome> {
  try {
    const receipt = await answer(
      api.POST("/api/v1/orgs/{org}/punches", { params: { path: { org }, header: { "Idempotency-Key": key } }, body }),
    );
    return { kind: "saved", receipt };
  } catch (error) {
    return judge(error);
  }
}

/** judge tells a refusal, after which nothing was written, from an open outcome. */
export function judge(error: unknown): Outcome {
  if (!(error instanceof Failure)) return { kind: "unknown" };
  const final = error.status >= 400 && error.status < 500 && error.status !== 408 && error.status !== 429 && error.status !== 401;
  return final ? { kind: "refused", failure: error } : { kind: "unknown" };
}
