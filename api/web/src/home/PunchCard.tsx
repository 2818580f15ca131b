import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Schema } from "../api/client";
import { clock } from "../dashboard/time";
import { useLanguage } from "../lib/language";
import { pillOf } from "../lib/verdict";
import { useQueue } from "../queue/QueueProvider";
import type { Seat } from "../shell/seat";
import { Button } from "../ui/Button";
import { CheckField, TextField } from "../ui/Field";
import { Notice } from "../ui/Notice";
import { PhotoField } from "./PhotoField";
import { PressList } from "./PressList";

interface Props {
  seat: Seat;
  today: Schema["Today"];
  offset: number;
}

const SPOT = "daka.position";

/** PunchCard is the button, and what goes with the punch: the position if it may, a photo, a note. */
export function PunchCard({ seat, today, offset }: Props) {
  const { t } = useTranslation();
  const kept = useQueue();
  const [spot, setSpot] = useState(() => localStorage.getItem(SPOT) !== "no");
  const [photo, setPhoto] = useState<File | null>(null);
  const [note, setNote] = useState("");
  const [full, setFull] = useState(false);
  const [asking, setAsking] = useState(false);

  async function punch(sure: boolean) {
    if (!kept) return;
    if (today.next.worse && !sure) {
      setAsking(true);
      return;
    }
    setAsking(false);
    try {
      await kept.queue.press(seat.org, offset, { note, locate: spot, photo });
    } catch {
      setFull(true); // nothing was kept, so the photo and the note stay for the next press
      return;
    }
    setFull(false);
    setPhoto(null);
    setNote("");
  }
  function allowSpot(on: boolean) {
    localStorage.setItem(SPOT, on ? "yes" : "no");
    setSpot(on);
  }
  return (
    <section className="card punch" aria-label={t("punch")}>
      <button type="button" className="big" disabled={!today.attendance || !kept} onClick={() => void punch(false)}>
        <span className="verb">{t(verbOf(today.next))}</span>
        <Clock offset={offset} zone={today.time_zone} />
      </button>
      <p className="next" aria-live="polite">
        <Next today={today} />
      </p>
      {kept && !kept.lasts && <Notice tone="warn">{t("punch.nostorage")}</Notice>}
      {asking && <Sure today={today} onPunch={() => void punch(true)} onStay={() => setAsking(false)} />}
      {today.waiting > 0 && <Notice tone="info">{t("punch.waiting", { n: today.waiting })}</Notice>}
      {full && <Notice tone="bad">{t("punch.full")}</Notice>}
      {kept && <PressList kept={kept} org={seat.org} zone={today.time_zone} />}
      <div className="extras">
        <CheckField label={t("punch.spot")} checked={spot} onCheck={allowSpot} />
        <PhotoField required={today.photo_required} picture={photo} onPick={setPhoto} />
        <TextField label={t("punch.note")} value={note} onText={setNote} maxLength={200} placeholder={t("punch.note.hint")} />
      </div>
    </section>
  );
}

/** verbOf is what a press does: punch in or out, or take the place of the punch that is there. */
export function verbOf({ check_type, replaces }: Schema["NextPunch"]): string {
  if (check_type === "OnDuty") return replaces ? "punch.update.on" : "punch.on";
  if (check_type === "OffDuty") return replaces ? "punch.update.off" : "punch.off";
  return "punch";
}

interface Asked {
  today: Schema["Today"];
  onPunch: () => void;
  onStay: () => void;
}

/** Sure asks before a punch takes the place of a better one. */
function Sure({ today, onPunch, onStay }: Asked) {
  const { t } = useTranslation();
  const language = useLanguage();
  const { next } = today;
  const minutes = next.minutes ? ` ${t("minutes", { n: next.minutes })}` : "";
  return (
    <Notice tone="warn">
      {t("punch.worse", { time: clock(next.replaces, today.time_zone), result: pillOf(next.time_result ?? "", language).word + minutes })}
      <div className="actions">
        <Button small tone="primary" onClick={onStay}>
          {t("cancel")}
        </Button>
        <Button small onClick={onPunch}>
          {t("punch.worse.go")}
        </Button>
      </div>
    </Notice>
  );
}

/** Next says what a punch made now would be. */
function Next({ today }: { today: Schema["Today"] }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const { next } = today;
  if (!today.attendance) return <>{t("punch.disabled")}</>;
  if (next.check_type && next.time_result) {
    const minutes = next.minutes ? ` ${t("minutes", { n: next.minutes })}` : "";
    const result = next.time_result === "Pending" ? "Recorded" : next.time_result;
    const said = t("punch.next", { slot: t(next.check_type), result: pillOf(result, language).word + minutes });
    return <>{next.replaces ? `${said} ${t("punch.replaces", { time: clock(next.replaces, today.time_zone) })}` : said}</>;
  }
  return <>{t(next.unused ? "punch.unused" : "punch.free")}</>;
}

/** Clock shows the server's time in the zone of the rule, so that a wrong device clock misleads nobody. */
function Clock({ offset, zone }: { offset: number; zone: string }) {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  const text = new Intl.DateTimeFormat("en-GB", { timeZone: zone || "UTC", timeStyle: "medium", hourCycle: "h23" }).format(
    new Date(now + offset),
  );
  return <span className="clock">{text}</span>;
}
