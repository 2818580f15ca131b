import { noteWrite } from "./behind";

// The receipts' positions: a read after a write names the last one, so that it waits for it.
const last = new Map<string, string>();

/** remember keeps the position of the newest receipt of an organization. */
export function remember(org: string, receipt: { position: string }): void {
  noteWrite();
  last.set(org, receipt.position);
}

/** after is the query of a read that shall see one's own last write. */
export function after(org: string): { min_position?: string } {
  const position = last.get(org);
  return position ? { min_position: position } : {};
}
