import { useQuery } from "@tanstack/react-query";
import { answer, api } from "../api/client";
import { after } from "../api/position";

/** useGroups lists the attendance groups. */
export const useGroups = (org: string) =>
  useQuery({
    queryKey: ["groups", org],
    queryFn: () => answer(api.GET("/api/v1/orgs/{org}/groups", { params: { path: { org }, query: after(org) } })),
  });

/** useDepartments lists the departments. */
export const useDepartments = (org: string) =>
  useQuery({
    queryKey: ["departments", org],
    queryFn: () => answer(api.GET("/api/v1/orgs/{org}/departments", { params: { path: { org }, query: after(org) } })),
  });

export interface Choice {
  value: string;
  label: string;
}

/** choicesOf makes the open ones of a list into choices, with an empty one in front. */
export function choicesOf(items: { id: string; name: string; closed: boolean }[] | null | undefined, none: string): Choice[] {
  return [{ value: "", label: none }, ...(items ?? []).filter((i) => !i.closed).map((i) => ({ value: i.id, label: i.name }))];
}

/** useMembers lists the people who are members today, the first two hundred. */
export const useMembers = (org: string) =>
  useQuery({
    queryKey: ["members", org, "all"],
    queryFn: () =>
      answer(api.GET("/api/v1/orgs/{org}/members", { params: { path: { org }, query: { ...after(org), current: true, limit: 200 } } })),
  });
