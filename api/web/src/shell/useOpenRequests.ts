import { useQuery } from "@tanstack/react-query";
import { answer, api } from "../api/client";
import { after } from "../api/position";
import { manages, type Seat } from "./seat";

/** openRequests is the query of the join requests that wait; the console shows the same data. */
export const openRequests = (org: string) => ({
  queryKey: ["join-requests", org],
  queryFn: () => answer(api.GET("/api/v1/orgs/{org}/join-requests", { params: { path: { org }, query: { ...after(org), state: "pending" } } })),
  refetchInterval: 15_000,
});

/** useOpenRequests counts the people who wait for an answer, for those who may give it. */
export function useOpenRequests(seat: Seat): number {
  const waiting = useQuery({ ...openRequests(seat.org), enabled: manages(seat) });
  return waiting.data?.items?.length ?? 0;
}
