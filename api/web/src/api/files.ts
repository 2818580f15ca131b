import i18next from "i18next";
import { answer, api, Failure, failureOf } from "./client";
import { untouchedFor } from "./touch";

const LONGEST = 1600;
const UPLOAD_WITHIN_MS = 20_000;

/** uploadPhoto stores a picture of an account before the punch that names it, and gives its id; another account's session stores nothing. */
export async function uploadPhoto(org: string, picture: File, account: string): Promise<string> {
  const body = new FormData();
  body.append("file", await shrink(picture), "photo.jpg");
  const { file } = await send<{ file: string }>(`/api/v1/orgs/${encodeURIComponent(org)}/files`, "POST", body, { "Daka-Account": account });
  return file;
}

/** uploadAvatar sets the own picture; the key makes its repeat the same command. */
export async function uploadAvatar(picture: File, key: string): Promise<void> {
  const body = new FormData();
  body.append("file", await shrink(picture), "avatar.jpg");
  await send("/api/v1/me/avatar", "PUT", body, { "Idempotency-Key": key });
}

/** markOf tells one file from another; a File itself says nothing when it is compared as text. */
export const markOf = (file: File) => `${file.name} ${file.size} ${file.lastModified}`;

/** importMembers sends a table of people, byte for byte as it is; a dry run only says what would happen. */
export const importMembers = (org: string, table: File, dry: boolean, key: string) =>
  answer(
    api.POST("/api/v1/orgs/{org}/members/import", {
      params: { path: { org }, query: { dry_run: dry }, header: { "Idempotency-Key": key } },
      headers: { "Content-Type": "text/csv" },
      body: table.name,
      bodySerializer: () => table,
    }),
  );

/** send sends a form; openapi-fetch has no types for it, so the caller names the answer's. */
async function send<T>(url: string, method: string, body: FormData, more: Record<string, string> = {}): Promise<T> {
  let response: Response;
  try {
    response = await fetch(url, {
      method,
      body,
      headers: { "Accept-Language": i18next.language, "Daka-Idle": String(untouchedFor()), ...more },
      signal: AbortSignal.timeout(UPLOAD_WITHIN_MS),
    });
  } catch (error) {
    throw new Failure(0, error instanceof DOMException && error.name === "TimeoutError" ? "too_slow" : "unreachable", "");
  }
  const answer: unknown = await response.json().catch(() => null);
  if (!response.ok) throw failureOf(response, answer);
  return answer as T;
}

/** shrink makes a phone's picture small before it travels; what the browser cannot read travels as it is. */
export async function shrink(picture: File): Promise<Blob> {
  try {
    const bitmap = await createImageBitmap(picture, { imageOrientation: "from-image" });
    const scale = Math.min(1, LONGEST / Math.max(bitmap.width, bitmap.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(bitmap.width * scale));
    canvas.height = Math.max(1, Math.round(bitmap.height * scale));
    canvas.getContext("2d")?.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    bitmap.close();
    return await new Promise((resolve) => canvas.toBlob((blob) => resolve(blob ?? picture), "image/jpeg", 0.85));
  } catch {
    return picture;
  }
}
