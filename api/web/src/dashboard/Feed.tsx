import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { clock } from "./time";

export interface FeedPunch {
  id: string;
  at: string;
  who: string;
  number: string;
  checkType: string;
  source: string;
}

/** Feed lists the latest punches; one that arrives while looking is marked for a moment. */
export function Feed({ punches, zone }: { punches: FeedPunch[]; zone: string }) {
  const { t } = useTranslation();
  const fresh = useFresh(punches.map((punch) => punch.id));
  if (punches.length === 0) return <p className="note">{t("feed.empty")}</p>;
  return (
    <ul className="feed" aria-live="polite">
      {punches.map((punch) => (
        <li key={punch.id} className={fresh.has(punch.id) ? "fresh" : ""}>
          <span className="time">{clock(punch.at, zone)}</span>
          <span className="who">
            {punch.who || punch.number} {punch.who && <span className="what">{punch.number}</span>}
          </span>
          <span className="what">
            {punch.checkType === "OnDuty" || punch.checkType === "OffDuty" ? `${t(punch.checkType)} · ` : ""}
            {t(`source.${punch.source}`, "")}
          </span>
        </li>
      ))}
    </ul>
  );
}

/** useFresh names the ids that were not there at the render before, and none at the first one. */
function useFresh(ids: string[]): Set<string> {
  const seen = useRef<Set<string> | null>(null);
  const [fresh, setFresh] = useState<Set<string>>(new Set());
  const key = ids.join(" ");
  useEffect(() => {
    const now = key === "" ? [] : key.split(" ");
    const before = seen.current;
    seen.current = new Set(now);
    if (before) setFresh(new Set(now.filter((id) => !before.has(id))));
  }, [key]);
  return fresh;
}
