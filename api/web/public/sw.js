// The service worker keeps the page itself, so that a phone without network can still open it and punch. It keeps no data: what the API answers
// passes by untouched.
const PAGE = "page";
const FILES = "files";

self.addEventListener("install", (event) => {
  event.waitUntil(keepPage().then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== self.location.origin || url.pathname.startsWith("/api/")) return;
  if (event.request.mode === "navigate") event.respondWith(freshPage(event.request));
  else if (url.pathname.startsWith("/assets/") || url.pathname === "/daka.svg") event.respondWith(file(event.request));
});

/** keepPage keeps the page and what it asks for at once. */
async function keepPage() {
  const answer = await fetch("/", { cache: "no-cache" });
  if (!answer.ok) throw new Error("the page did not come");
  const assets = [...(await answer.clone().text()).matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map((found) => found[1]);
  const names = ["/daka.svg", ...assets];
  const files = await caches.open(FILES);
  await Promise.all(names.map(async (name) => (await files.match(name, { ignoreVary: true })) ?? files.add(name)));
  await (await caches.open(PAGE)).put("/", answer);
  for (const kept of await files.keys()) if (!names.includes(new URL(kept.url).pathname)) await files.delete(kept);
}

/** freshPage asks the server, and takes the page that was kept where there is no answer. */
async function freshPage(request) {
  try {
    const answer = await fetch(request);
    if (answer.ok) void keepPage().catch(() => undefined);
    return answer;
  } catch (error) {
    const kept = await caches.match("/", { cacheName: PAGE });
    if (kept) return kept;
    throw error;
  }
}

/** file takes what was kept: an asset's name holds its hash. What comes later is kept as well. */
async function file(request) {
  const files = await caches.open(FILES);
  const kept = await files.match(request, { ignoreVary: true });
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok) await files.put(request, answer.clone());
  return answer;
}
