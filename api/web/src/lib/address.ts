import { navigate, useQueryParams } from "raviger";

/** How a change of the address is kept: pushed, so that Back undoes it, or in the place of what was there. */
export type How = "push" | "replace";

/** changed gives a query with some values set; an empty one is left out. */
export function changed(query: string, values: Record<string, string>): string {
  const params = new URLSearchParams(query);
  for (const [name, value] of Object.entries(values)) {
    if (value === "") params.delete(name);
    else params.set(name, value);
  }
  const text = params.toString();
  return text ? `?${text}` : "";
}

/** setParams changes the address; reload, Back and a shared link restore it. */
export function setParams(values: Record<string, string>, how: How = "push"): void {
  const query = changed(location.search, values);
  if (query !== location.search) navigate(location.pathname + query, { replace: how === "replace" });
}

/** useParam is one value that the address holds; what stands for nothing is left out of it. */
export function useParam(name: string, nothing = ""): [string, (value: string, how?: How) => void] {
  const [params] = useQueryParams<Record<string, unknown>>((query) => Object.fromEntries(new URLSearchParams(query)));
  const value = params[name];
  return [
    typeof value === "string" && value !== "" ? value : nothing,
    (to, how = "push") => setParams({ [name]: to === nothing ? "" : to }, how),
  ];
}

/** useLayer is a sheet or a drawer that the address holds: Back closes it. */
export function useLayer(name: string): [string, (value: string) => void, () => void] {
  const [value, set] = useParam(name);
  return [value, (to) => set(to), () => set("", "replace")];
}

const DATE = /^\d{4}-\d{2}-\d{2}$/;
const MONTH = /^\d{4}-\d{2}$/;

/** asDate is a date of the address, or the other one where somebody wrote nonsense. */
export const asDate = (text: string, other: string): string =>
  DATE.test(text) && !Number.isNaN(Date.parse(`${text}T00:00:00Z`)) && new Date(`${text}T00:00:00Z`).toISOString().startsWith(text)
    ? text
    : other;

/** asMonth is a month of the address, or the other one. */
export const asMonth = (text: string, other: string): string => (MONTH.test(text) && asDate(`${text}-01`, "") !== "" ? text : other);
