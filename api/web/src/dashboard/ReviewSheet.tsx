import { type UseMutationResult, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api, type Schema } from "../api/client";
import { seesPlaces, type Seat } from "../shell/seat";
import { Button } from "../ui/Button";
import { AreaField } from "../ui/Field";
import { Loading } from "../ui/Loading";
import { FailureNotice, Notice } from "../ui/Notice";
import { Sheet } from "../ui/Sheet";
import { addDays } from "./time";

type Punch = Schema["MemberPunch"];

/** Verdict is what somebody decided about a punch that waited. */
export interface Verdict {
  punch: Punch;
  review: "approved" | "rejected";
  reason: string;
}

interface Props {
  seat: Seat;
  punch: Punch;
  when: string;
  why: string;
  review: UseMutationResult<unknown, unknown, Verdict>;
  onClose: () => void;
}

/** ReviewSheet shows what is known of a punch that waits, and takes the word about it. */
export function ReviewSheet({ seat, punch, when, why, review, onClose }: Props) {
  const { t } = useTranslation();
  const [reason, setReason] = useState("");
  const say = (word: Verdict["review"]) => review.mutate({ punch, review: word, reason });
  return (
    <Sheet title={punch.name || punch.number} onClose={onClose}>
      <p className="note">{[punch.name && punch.number, when, punch.check_type && t(punch.check_type), why].filter(Boolean).join(" · ")}</p>
      {seesPlaces(seat) && <Evidence org={seat.org} punch={punch} />}
      <form noValidate className="reviewing" onSubmit={(e) => e.preventDefault()}>
        <AreaField label={t("reviews.reason")} help={t("reviews.reason.help")} value={reason} onText={setReason} maxLength={500} />
        <FailureNotice error={review.error} />
        <div className="actions">
          <Button tone="primary" busy={review.isPending} onClick={() => say("approved")}>
            {t("reviews.approve")}
          </Button>
          <Button tone="danger" busy={review.isPending} onClick={() => say("rejected")}>
            {t("reviews.reject")}
          </Button>
        </div>
      </form>
    </Sheet>
  );
}

/** Evidence is where the punch was made, its note and its photo. It is asked for by a press, because each look is recorded. */
function Evidence({ org, punch }: { org: string; punch: Punch }) {
  const { t } = useTranslation();
  const [wanted, setWanted] = useState(false);
  const day = punch.at.slice(0, 10);
  const full = useQuery({
    queryKey: ["evidence", org, punch.id],
    enabled: wanted,
    queryFn: () =>
      answer(
        api.GET("/api/v1/orgs/{org}/members/{member}/punches", {
          params: { path: { org, member: punch.member }, query: { from: addDays(day, -1), to: addDays(day, 1), limit: 500 } },
        }),
      ),
  });
  if (!wanted)
    return (
      <div className="inset">
        <p className="note">{t("reviews.look.help")}</p>
        <Button small onClick={() => setWanted(true)}>
          {t("reviews.look")}
        </Button>
      </div>
    );
  if (full.isPending) return <Loading />;
  if (full.isError) return <FailureNotice error={full.error} />;
  const detail = full.data.items?.find((p) => p.id === punch.id)?.detail ?? {};
  const photo = typeof detail.photo === "string" ? detail.photo : "";
  const lines = linesOf(detail, t);
  return (
    <div className="inset">
      {lines.length === 0 && !photo && <Notice>{t("reviews.nothing")}</Notice>}
      <dl className="facts">
        {lines.map(([word, text]) => (
          <div key={word}>
            <dt>{t(word)}</dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
      {photo && <img className="evidence" src={`/api/v1/orgs/${org}/files/${photo}`} alt={t("reviews.photo")} />}
    </div>
  );
}

/** FAR is from how many metres on kilometres say enough. */
const FAR = 5_000;

/** linesOf names what is there of a punch's place and note. */
export function linesOf(
  detail: Record<string, unknown>,
  t: (word: string, values?: Record<string, unknown>) => string,
): [string, string][] {
  const { note, address, distance_m, accuracy_m, lat, lng } = detail;
  const lines: [string, string][] = [];
  if (typeof note === "string" && note) lines.push(["reviews.note", note]);
  if (typeof address === "string" && address) lines.push(["reviews.address", address]);
  if (typeof lat === "number" && typeof lng === "number") {
    const rough = typeof accuracy_m === "number" ? ` ${t("reviews.accuracy", { n: Math.round(accuracy_m) })}` : "";
    lines.push(["reviews.position", `${lat.toFixed(5)}, ${lng.toFixed(5)}${rough}`]);
  }
  if (typeof distance_m === "number")
    lines.push([
      "reviews.distance",
      distance_m < FAR ? t("reviews.metres", { n: Math.round(distance_m) }) : t("reviews.kilometres", { n: Math.round(distance_m / 1000) }),
    ]);
  return lines;
}
