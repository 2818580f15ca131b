/** Spot is a position that the browser gave, WGS-84. */
export interface Spot {
  lat: number;
  lng: number;
  accuracy_m: number;
}

export type Located = { spot: Spot } | { missing: "denied" | "unavailable" };

const WAIT_MS = 8_000;

/** locate asks the browser once; a punch goes without a position rather than wait longer. */
export function locate(): Promise<Located> {
  if (!("geolocation" in navigator)) return Promise.resolve({ missing: "unavailable" });
  return new Promise((resolve) => {
    const giveUp = setTimeout(() => resolve({ missing: "unavailable" }), WAIT_MS + 500);
    const done = (result: Located) => {
      clearTimeout(giveUp);
      resolve(result);
    };
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => done({ spot: { lat: coords.latitude, lng: coords.longitude, accuracy_m: Math.round(coords.accuracy) } }),
      (error) => done({ missing: error.code === error.PERMISSION_DENIED ? "denied" : "unavailable" }),
      { enableHighAccuracy: true, timeout: WAIT_MS, maximumAge: 30_000 },
    );
  });
}
