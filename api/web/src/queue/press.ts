import { newKey } from "../api/command";
import type { Schema } from "../api/client";

export type PunchBody = Schema["RecordPunchInput"];

/** Spot is a position that the browser gave, WGS-84. */
export interface Spot {
  lat: number;
  lng: number;
  accuracy_m: number;
}

/** Located is what came of asking for a position. */
export type Located = { spot: Spot } | { missing: "denied" | "unavailable" | "skipped" };

/** Problem is a refusal as it is kept: an error's own class does not survive storage. */
export interface Problem {
  status: number;
  code: string;
  text: string;
}

/**
 * Press is one press of the button. It is stored before the position, the photo or the network are touched, and stays
 * until its receipt or its refusal was seen.
 */
export interface Press {
  /** id is the punch's Idempotency-Key, a UUIDv7, so that sending it twice writes it once. */
  id: string;
  account: string;
  org: string;
  /** at is when the button was pressed, by the server's clock, RFC 3339. */
  at: string;
  /** pressed is the same by this device's clock, in milliseconds. */
  pressed: number;
  note: string;
  /** locate says that the person wants a position with it; located is what came of that. */
  locate: boolean;
  located?: Located;
  /** photo waits to be uploaded; file is its id afterwards. */
  photo?: Blob;
  file?: string;
  photoTries: number;
  photoLost?: boolean;
  state: "waiting" | "saved" | "refused";
  /** tries counts how often it was sent without an answer. */
  tries: number;
  receipt?: Schema["Receipt"];
  problem?: Problem;
}

/** Wish is what goes with a press. */
export interface Wish {
  note: string;
  locate: boolean;
  photo: Blob | null;
}

/** makePress gives a press its key; offset is how far the server's clock is ahead of this device's, in milliseconds. */
export function makePress(account: string, org: string, now: number, offset: number, wish: Wish): Press {
  const press: Press = {
    id: newKey(),
    account,
    org,
    at: new Date(now + offset).toISOString(),
    pressed: now,
    note: wish.note.trim(),
    locate: wish.locate,
    photoTries: 0,
    state: "waiting",
    tries: 0,
  };
  return wish.photo ? { ...press, photo: wish.photo } : press;
}

/** PROMPT is how late a punch may be sent, in milliseconds, for its time to count without the word that it was made offline. */
const PROMPT = 60_000;

/** bodyOf is the punch as it was made; what is missing of it is said by lacks. */
export function bodyOf(press: Press): PunchBody {
  return {
    claimed_at: press.at,
    ...(press.note && { note: press.note }),
    ...(press.located && "spot" in press.located && press.located.spot),
    ...(press.file && { photo: press.file }),
  };
}

/** bodyAt is what is sent at a moment, in milliseconds of this device's clock: what comes late was made offline. */
export function bodyAt(press: Press, now: number): PunchBody {
  const body = bodyOf(press);
  return now - press.pressed > PROMPT ? { ...body, offline: true } : body;
}

/** lacks are the words for what a press went without. */
export function lacks(press: Press): string[] {
  const words: string[] = [];
  if (press.located && "missing" in press.located) words.push(`punch.spot.${press.located.missing}`);
  if (press.photoLost) words.push("punch.photo.failed");
  return words;
}
