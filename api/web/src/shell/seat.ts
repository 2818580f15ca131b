import { useQuery } from "@tanstack/react-query";
import { forgetSeen, keepSeen, seen } from "../api/seen";
import { answer, api, Failure, type Schema } from "../api/client";

export type Me = Schema["Me"];

/** Seat is the person's place in one organization. The administrator's token sits in every one, as nobody's member. */
export interface Seat {
  org: string;
  name: string;
  member: string | null;
  roles: string[];
}

/** manages says that the seat may change the organization. */
export const manages = (seat: Seat) => seat.roles.some((role) => ["owner", "hr", "administrator"].includes(role));

/** rules says that these roles give roles to others. */
export const rules = (roles: string[]) => roles.some((role) => role === "owner" || role === "administrator");

/** reviews says that the seat clears punches that wait; an auditor only looks. */
export const reviews = (seat: Seat) => manages(seat) || seat.roles.includes("manager");

/** seesPlaces says that the seat may look at where somebody else punched. */
export const seesPlaces = (seat: Seat) => seat.roles.some((role) => role === "hr" || role === "administrator");

/** oversees says that the seat sees the days of others. */
export const oversees = (seat: Seat) => manages(seat) || seat.roles.some((role) => ["manager", "auditor"].includes(role));

/** punches says that the seat has days of its own: a device has none, and an auditor who is nothing else neither. */
export const punches = (seat: Seat) =>
  seat.member !== null && seat.roles.some((role) => role !== "device" && role !== "auditor" && role !== "approver");

/** isDevice says that the seat is a machine's, and nothing else. */
export const isDevice = (seat: Seat) => seat.member !== null && seat.roles.length > 0 && seat.roles.every((role) => role === "device");

/** seatsOf lists where an account is an active member. */
export function seatsOf(me: Me): Seat[] {
  return (me.memberships ?? [])
    .filter((m) => m.state === "active")
    .map((m) => ({ org: m.org, name: m.org_name, member: m.member, roles: m.roles ?? [] }));
}

/** useMe asks who is signed in: null is nobody. */
export function useMe() {
  return useQuery({
    queryKey: ["me"],
    staleTime: 30_000,
    queryFn: async (): Promise<Me | null> => {
      try {
        const me = await answer(api.GET("/api/v1/me"));
        if (me.account !== seen<Me>("me")?.answer.account) forgetSeen();
        if (me.account) keepSeen("me", me);
        return me;
      } catch (error) {
        if (error instanceof Failure && (error.status === 401 || error.status === 403)) {
          forgetSeen();
          return null;
        }
        const kept = error instanceof Failure && error.status === 0 ? seen<Me>("me") : null;
        if (kept) return kept.answer;
        throw error;
      }
    },
  });
}

/** useSeats lists the seats of whoever is signed in; the administrator's come from the list of organizations. */
export function useSeats(me: Me) {
  const administrator = me.kind !== "account";
  const all = useQuery({
    queryKey: ["organizations"],
    enabled: administrator,
    queryFn: () => answer(api.GET("/api/v1/orgs", { params: { query: { limit: 100 } } })),
  });
  if (!administrator) return { seats: seatsOf(me), pending: false, error: null, retry: () => undefined };
  const seats = (all.data?.items ?? []).map((o) => ({ org: o.id, name: o.name, member: null, roles: ["administrator"] }));
  return { seats, pending: all.isPending, error: all.isError ? all.error : null, retry: () => void all.refetch() };
}
