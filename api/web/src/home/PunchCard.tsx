import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { uploadPhoto } from "../api/files";
import type { Schema } from "../api/client";
import type { Seat } from "../shell/seat";
import { CheckField, TextField } from "../ui/Field";
import { Notice } from "../ui/Notice";
import { Outcome } from "./Outcome";
import { PhotoField } from "./PhotoField";
import type { PunchBody } from "./pending";
import { usePunch } from "./usePunch";
import { locate } from "./where";

interface Props {
  seat: Seat;
  today: Schema["Today"];
  offset: number;
  onSaved: () => void;
}

const SPOT = "daka.position";

/** PunchCard is the button, and what goes with the punch: the position if it may, a photo, a note. */
export function PunchCard({ seat, today, offset, onSaved }: Props) {
  const { t } = useTranslation();
  const { state, press, again } = usePunch(seat.org, seat.member ?? "", onSaved);
  const [spot, setSpot] = useState(() => localStorage.getItem(SPOT) !== "no");
  const [photo, setPhoto] = useState<File | null>(null);
  const [note, setNote] = useState("");
  const [step, setStep] = useState<"" | "locating" | "uploading">("");
  const [lacks, setLacks] = useState<string[]>([]);
  const busy = step !== "" || state.kind === "sending" || state.kind === "unknown";

  async function punch() {
    if (busy) return;
    const at = new Date(Date.now() + offset);
    const body: PunchBody = note.trim() ? { note: note.trim() } : {};
    const missing = [await addSpot(body), await addPhoto(body)].filter((word) => word !== "");
    setStep("");
    setLacks(missing);
    press(at, body);
    setPhoto(null);
    setNote("");
  }
  async function addSpot(body: PunchBody): Promise<string> {
    if (!spot) return "";
    setStep("locating");
    const found = await locate();
    if ("spot" in found) Object.assign(body, found.spot);
    return "spot" in found ? "" : `punch.spot.${found.missing}`;
  }
  async function addPhoto(body: PunchBody): Promise<string> {
    if (!photo) return "";
    setStep("uploading");
    try {
      body.photo = await uploadPhoto(seat.org, photo);
      return "";
    } catch {
      return "punch.photo.failed";
    }
  }
  function allowSpot(on: boolean) {
    localStorage.setItem(SPOT, on ? "yes" : "no");
    setSpot(on);
  }
  return (
    <section className="card punch" aria-label={t("punch")}>
      <button type="button" className="big" disabled={!today.attendance} aria-busy={busy || undefined} onClick={() => void punch()}>
        <span className="verb">{t(verbOf(today.next))}</span>
        <Clock offset={offset} zone={today.time_zone} />
      </button>
      <p className="next" aria-live="polite">
        {step ? t(`punch.${step}`) : <Next today={today} />}
      </p>
      <Outcome state={state} zone={today.time_zone} again={again} />
      {lacks.map((word) => (
        <Notice key={word} tone="warn">
          {t(word)}
        </Notice>
      ))}
      <div className="extras">
        <CheckField label={t("punch.spot")} checked={spot} onCheck={allowSpot} />
        <PhotoField required={today.photo_required} picture={photo} onPick={setPhoto} />
        <TextField label={t("punch.note")} value={note} onText={setNote} maxLength={200} placeholder={t("punch.note.hint")} />
      </div>
    </section>
  );
}

const verbOf = (next: Schema["NextPunch"]) =>
  next.check_type === "OnDuty" ? "punch.on" : next.check_type === "OffDuty" ? "punch.off" : "punch";

/** Next says what a punch made now would be. */
function Next({ today }: { today: Schema["Today"] }) {
  const { t } = useTranslation();
  const { next } = today;
  if (!today.attendance) return <>{t("punch.disabled")}</>;
  if (next.check_type && next.time_result) {
    const minutes = next.minutes ? ` ${t("minutes", { n: next.minutes })}` : "";
    return <>{t("punch.next", { slot: t(next.check_type), result: t(`result.${next.time_result}`) + minutes })}</>;
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
