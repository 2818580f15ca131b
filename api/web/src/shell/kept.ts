const SEAT = "daka.organization";
const NEXT = "daka.next";

/** keptSeat is the organization that was looked at last. */
export const keptSeat = () => localStorage.getItem(SEAT);

/** keepSeat remembers it. */
export const keepSeat = (org: string) => localStorage.setItem(SEAT, org);

/** keepNext remembers where somebody wanted to go before signing in. */
export const keepNext = (path: string) => sessionStorage.setItem(NEXT, path);

/** takeNext gives that place once. */
export function takeNext(): string | null {
  const path = sessionStorage.getItem(NEXT);
  sessionStorage.removeItem(NEXT);
  return path;
}
