import { useCallback, useEffect, useRef, useState } from "react";
import { remember } from "../api/position";
import type { Failure } from "../api/client";
import { keepPending, makePending, type Pending, type PunchBody, readPending, type Saved, sendPunch } from "./pending";

export type PunchState =
  | { kind: "ready" }
  | { kind: "sending"; at: string }
  | { kind: "unknown"; at: string; tries: number }
  | { kind: "saved"; saved: Saved }
  | { kind: "refused"; failure: Failure };

/** PAUSES are the seconds between tries by itself; the last one repeats. */
const PAUSES = [2, 5, 10, 30];

/**
 * usePunch sends a punch and keeps sending the same one, under the same key, until the server gives a receipt or
 * refuses it. Being online again tries at once.
 */
export function usePunch(org: string, member: string, saved: () => void) {
  const [pending, setPending] = useState<Pending | null>(() => readPending(org, member));
  const [state, setState] = useState<PunchState>(() => (pending ? { kind: "unknown", at: pending.at, tries: 0 } : { kind: "ready" }));
  const busy = useRef(false);

  const attempt = useCallback(
    async (punch: Pending, tries: number) => {
      if (busy.current) return;
      busy.current = true;
      if (tries === 0) setState({ kind: "sending", at: punch.at });
      const outcome = await sendPunch(punch);
      busy.current = false;
      if (outcome.kind === "unknown") {
        setState({ kind: "unknown", at: punch.at, tries: tries + 1 });
        return;
      }
      keepPending(org, member, null);
      setPending(null);
      if (outcome.kind === "refused") setState({ kind: "refused", failure: outcome.failure });
      else {
        remember(org, outcome.receipt);
        setState({ kind: "saved", saved: { at: punch.at, receipt: outcome.receipt } });
        saved();
      }
    },
    [org, member, saved],
  );

  const press = (at: Date, body: PunchBody) => {
    const punch = makePending(org, at, body);
    keepPending(org, member, punch);
    setPending(punch);
    void attempt(punch, 0);
  };
  const tries = state.kind === "unknown" ? state.tries : 0;
  const again = useCallback(() => {
    if (pending) void attempt(pending, Math.max(1, tries));
  }, [attempt, pending, tries]);
  useRetry(state.kind === "unknown", tries, again);
  return { state, press, again };
}

function useRetry(open: boolean, tries: number, again: () => void) {
  useEffect(() => {
    if (!open) return;
    const pause = tries === 0 ? 0 : (PAUSES[Math.min(tries, PAUSES.length) - 1] ?? 30);
    const timer = setTimeout(again, pause * 1000);
    window.addEventListener("online", again);
    return () => {
      clearTimeout(timer);
      window.removeEventListener("online", again);
    };
  }, [open, tries, again]);
}
