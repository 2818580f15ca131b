import type { Located } from "./press";

/** WAIT_MS is how long a punch waits for a position, GOOD_M how exact one must be for the wait to end before that. */
const WAIT_MS = 3_000;
const GOOD_M = 50;
const MAX_AGE_MS = 15_000;

/** locate watches for the best position for a while, in milliseconds; skip ends the wait with what is there. */
export function locate(skip: AbortSignal, wait = WAIT_MS): Promise<Located> {
  if (!("geolocation" in navigator)) return Promise.resolve({ missing: "unavailable" });
  return new Promise((resolve) => {
    let best: Located = { missing: "unavailable" };
    let timer = 0;
    let watch = 0;
    const end = (result: Located) => {
      clearTimeout(timer);
      navigator.geolocation.clearWatch(watch);
      resolve(result);
    };
    timer = window.setTimeout(() => end(best), wait);
    skip.addEventListener("abort", () => end("spot" in best ? best : { missing: "skipped" }), { once: true });
    watch = navigator.geolocation.watchPosition(
      ({ coords }) => {
        const accuracy_m = Math.round(coords.accuracy);
        if (!("spot" in best) || accuracy_m < best.spot.accuracy_m)
          best = { spot: { lat: coords.latitude, lng: coords.longitude, accuracy_m } };
        if (accuracy_m <= GOOD_M) end(best);
      },
      (error) => {
        if (error.code === error.PERMISSION_DENIED) end({ missing: "denied" });
      },
      { enableHighAccuracy: true, timeout: wait, maximumAge: MAX_AGE_MS },
    );
  });
}
