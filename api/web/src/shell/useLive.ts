import { useEffect, useState } from "react";
import { Live } from "../lib/live";

/**
 * useLive listens to the organization's server-sent events and calls `changed`, at most once in `gapMs`, when committed pages touched it.
 * It connects again by itself; the answer says whether it is connected.
 */
export function useLive(org: string | null, changed: () => void, gapMs = 1_000): boolean {
  const [connected, setConnected] = useState(false);
  useEffect(() => {
    if (!org) return;
    let waiting: ReturnType<typeof setTimeout> | null = null;
    const soon = () => {
      waiting ??= setTimeout(() => {
        waiting = null;
        changed();
      }, gapMs);
    };
    const live = new Live(() => new EventSource(`/api/v1/orgs/${encodeURIComponent(org)}/live`), { changed: soon, state: setConnected });
    return () => {
      live.stop();
      if (waiting) clearTimeout(waiting);
      setConnected(false);
    };
  }, [org, changed, gapMs]);
  return connected;
}
