import { type InvalidateOptions, type InvalidateQueryFilters, type QueryKey, QueryClient } from "@tanstack/react-query";

/**
 * Queries also asks anew for what is just being asked for the first time: the answer on its way may be from before the change, and the
 * library, which only cancels what has data already, would keep it.
 */
export class Queries extends QueryClient {
  override async invalidateQueries<K extends QueryKey = QueryKey>(
    filters?: InvalidateQueryFilters<K>,
    options?: InvalidateOptions,
  ): Promise<void> {
    await this.cancelQueries({
      queryKey: filters?.queryKey,
      fetchStatus: "fetching",
      predicate: (query) => query.state.data === undefined,
    });
    return super.invalidateQueries(filters, options);
  }
}
