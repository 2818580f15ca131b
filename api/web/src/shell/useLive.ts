import { useEffect, useState } from "react";

/**
 * useLive listens to the organization's server-sent events and calls `changed`, at most once in `gapMs`,
 * when committed pages touched it. The browser reconnects by itself; the answer says whether it is connected.
 */
export function useLive(org: string | null, changed: () => void, gapMs = 700): boolean {
  const [connected, setConnected] = useState(false);
  useEffect(() => {
    if (!org) return;
    const source = new EventSource(`/api/v1/orgs/${encodeURIComponent(org)}/live`);
    let waiting: ReturnType<typeof setTimeout> | null = null;
    const soon = () => {
      waiting ??= setTimeout(() => {
        waiting = null;
        changed();
      }, gapMs);
    };
    source.onopen = () => setConnected(true);
    source.onerror = () => {
      setConnected(false);
      // The server refused to go on: asking for the data tells why, such as a session that ended.
      if (source.readyState === EventSource.CLOSED) soon();
    };
    source.onmessage = soon;
    source.addEventListener("change", soon);
    return () => {
      source.close();
      if (waiting) clearTimeout(waiting);
      setConnected(false);
    };
  }, [org, changed, gapMs]);
  return connected;
}
