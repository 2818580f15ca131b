import { useQuery } from "@tanstack/react-query";
import { answer, api } from "../api/client";
import { after } from "../api/position";

/** useOrganization is the organization itself, with its owners. */
export const useOrganization = (org: string) =>
  useQuery({
    queryKey: ["organization", org],
    queryFn: () => answer(api.GET("/api/v1/orgs/{org}", { params: { path: { org }, query: after(org) } })),
  });
