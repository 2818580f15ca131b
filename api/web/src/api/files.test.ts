import { afterEach, expect, test, vi } from "vitest";
import { uploadAvatar } from "./files";

afterEach(() => void vi.unstubAllGlobals());

test("a picture of oneself is a command: it goes with its key", async () => {
  const sent = vi.fn<typeof fetch>(() => Promise.resolve(new Response("{}", { status: 200 })));
  vi.stubGlobal("fetch", sent);
  await uploadAvatar(new File(["x"], "me.jpg", { type: "image/jpeg" }), "018f0000-0000-7000-8000-000000000000");
  const init = sent.mock.calls[0]?.[1];
  expect(new Headers(init?.headers).get("Idempotency-Key")).toBe("018f0000-0000-7000-8000-000000000000");
  expect(init?.method).toBe("PUT");
});
