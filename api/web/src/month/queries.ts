import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { api, Failure, reply } from "../api/client";

/** By is along what a month is added up. */
export type By = "group" | "department";

/** Narrowing chooses members by their group at the month's end, or by department; empty is everybody. */
export interface Narrowing {
  group: string;
  department: string;
}

const PAGE = 50;

/** filterOf leaves out what is not chosen. */
export const filterOf = ({ group, department }: Narrowing) => ({ ...(group && { group }), ...(department && { department }) });

/** useTotals adds up a month; stale says that some days are being assessed again. */
export const useTotals = (org: string, month: string, by: By, narrowing: Narrowing) =>
  useQuery({
    queryKey: ["month-totals", org, month, by, narrowing],
    placeholderData: keepPreviousData,
    queryFn: async () => {
      const { data, response } = await reply(
        api.GET("/api/v1/orgs/{org}/months/{month}/totals", { params: { path: { org, month }, query: { by, ...filterOf(narrowing) } } }),
      );
      return { items: pageOf(data).items ?? [], stale: response.headers.get("Daka-Stale") === "true" };
    },
  });

/** useMonths pages through the members of a month. */
export const useMonths = (org: string, month: string, narrowing: Narrowing) =>
  useInfiniteQuery({
    queryKey: ["months", org, month, narrowing],
    placeholderData: keepPreviousData,
    initialPageParam: "",
    queryFn: async ({ pageParam }) =>
      pageOf(
        (
          await reply(
            api.GET("/api/v1/orgs/{org}/months/{month}", {
              params: { path: { org, month }, query: { ...filterOf(narrowing), cursor: pageParam, limit: PAGE } },
            }),
          )
        ).data,
      ),
    getNextPageParam: (last) => last.next || undefined,
  });

/** pageOf is the page of an answer that comes as a file where a file is asked for. */
function pageOf<T extends object>(data: T | string | undefined): T {
  if (typeof data === "object") return data;
  throw new Failure(0, "unknown", "");
}
