import { answer, api, Failure } from "../api/client";
import { uploadPhoto } from "../api/files";
import { bodyAt, bodyOf, type Press, type PunchBody } from "./press";

/** Outcome is what came of one try; retryAfter is how long the server asked to wait, in seconds, 0 when it did not. */
export type Outcome =
  | { kind: "saved"; receipt: NonNullable<Press["receipt"]> }
  | { kind: "unknown"; retryAfter: number }
  | { kind: "refused"; failure: Failure };

/** sendPunch tries once. Only a receipt is "saved"; no answer, and every answer that leaves it open, is "unknown". */
export async function sendPunch(press: Press): Promise<Outcome> {
  const body = bodyAt(press, Date.now());
  const outcome = await post(press, body);
  // An earlier try, which was not late yet, got through without our knowing: its own words get its receipt.
  if (body.offline && outcome.kind === "refused" && outcome.failure.code === "command_id_reused") return post(press, bodyOf(press));
  return outcome;
}

async function post({ account, org, id }: Press, body: PunchBody): Promise<Outcome> {
  try {
    // Another page of this browser may have signed in as somebody else; the server then takes nothing.
    const headers = { "Daka-Account": account };
    const receipt = await answer(
      api.POST("/api/v1/orgs/{org}/punches", { params: { path: { org }, header: { "Idempotency-Key": id } }, headers, body }),
    );
    return { kind: "saved", receipt };
  } catch (error) {
    return outcomeOf(error);
  }
}

/** outcomeOf tells a refusal, after which nothing was written, from an open outcome. */
export function outcomeOf(error: unknown): Outcome {
  if (!(error instanceof Failure)) return { kind: "unknown", retryAfter: 0 };
  return isFinal(error) ? { kind: "refused", failure: error } : { kind: "unknown", retryAfter: error.retryAfter };
}

const isFinal = ({ status }: Failure) => status >= 400 && status < 500 && status !== 408 && status !== 429 && status !== 401;

/** MOST_PHOTO_TRIES is how often a server that answers may fail to take a photo before the punch goes without. */
const MOST_PHOTO_TRIES = 3;

/** sendPhoto uploads a waiting photo. A photo is never a reason not to punch; while nothing is reached, both wait. */
export async function sendPhoto(press: Press): Promise<Press> {
  const { photo, ...rest } = press;
  if (!photo || press.photoLost) return press;
  try {
    const file = await uploadPhoto(
      press.org,
      photo instanceof File ? photo : new File([photo], "photo.jpg", { type: photo.type }),
      press.account,
    );
    return { ...rest, file };
  } catch (error) {
    if (!(error instanceof Failure) || error.code === "unreachable" || error.status === 401) throw error;
    const photoTries = press.photoTries + 1;
    return isFinal(error) || photoTries >= MOST_PHOTO_TRIES ? { ...rest, photoTries, photoLost: true } : { ...press, photoTries };
  }
}
