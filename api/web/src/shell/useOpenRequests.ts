import { useQuery } from "@tanstack/react-query";
import { answer, api } from "../api/client";
import { after } from "../api/position";
import { manages, rules, type Seat } from "./seat";

/** openRequests is the query of the join requests that wait; the console shows the same data. */
export const openRequests = (org: string) => ({
  queryKey: ["join-requests", org],
  queryFn: () =>
    answer(api.GET("/api/v1/orgs/{org}/join-requests", { params: { path: { org }, query: { ...after(org), state: "pending" } } })),
  refetchInterval: 15_000,
});

/** useProposals lists the roles that wait for a second owner's word; only owners ask. */
export const useProposals = ({ org, roles }: Seat) =>
  useQuery({
    queryKey: ["role-proposals", org],
    enabled: rules(roles),
    queryFn: () => answer(api.GET("/api/v1/orgs/{org}/role-proposals", { params: { path: { org }, query: after(org) } })),
    refetchInterval: 15_000,
  });

/** useOpenRequests counts what waits for a word of whoever looks: people who asked to join, and roles that another owner proposed. */
export function useOpenRequests(seat: Seat): { requests: number; members: number } {
  const waiting = useQuery({ ...openRequests(seat.org), enabled: manages(seat) });
  const proposals = useProposals(seat);
  return { requests: waiting.data?.items?.length ?? 0, members: (proposals.data?.items ?? []).filter((p) => !p.mine).length };
}
