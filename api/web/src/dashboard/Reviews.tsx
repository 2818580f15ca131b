import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api, type Schema } from "../api/client";
import { useCommand } from "../api/command";
import { after, remember } from "../api/position";
import { reviews, type Seat } from "../shell/seat";
import { Button } from "../ui/Button";
import { FailureNotice } from "../ui/Notice";
import { ReviewSheet, type Verdict } from "./ReviewSheet";
import { addDays, clock, today } from "./time";

type Punch = Schema["MemberPunch"];

/** BACK is how many days back a punch is looked for that still waits. */
const BACK = 92;

/** Reviews are the punches that wait for the word of whoever looks; nobody sees them who may not say it. */
export function Reviews({ seat, zone }: { seat: Seat; zone: string }) {
  const { t } = useTranslation();
  const { org } = seat;
  const [chosen, choose] = useState<Punch | null>(null);
  const to = today(zone);
  const waiting = useQuery({
    queryKey: ["reviews", org, to],
    enabled: reviews(seat),
    queryFn: () =>
      answer(
        api.GET("/api/v1/orgs/{org}/punches", {
          params: { path: { org }, query: { ...after(org), from: addDays(to, -BACK), to: addDays(to, 1), review: "waiting", limit: 50 } },
        }),
      ),
  });
  const review = useReview(org, () => choose(null));
  const items = waiting.data?.items ?? [];
  if (items.length === 0) return <FailureNotice error={waiting.error} />;
  return (
    <section className="card reviews" aria-labelledby="reviews">
      <h2 id="reviews">
        {t("reviews.title")} <b className="count">{waiting.data?.next ? `${items.length}+` : items.length}</b>
      </h2>
      <ul className="rows">
        {items.map((punch) => (
          <li key={punch.id}>
            <div className="who">
              <strong>{punch.name || punch.number}</strong>
              <p className="note">
                {[dated(punch, zone), punch.check_type ? t(punch.check_type) : "", t(whyOf(punch))].filter(Boolean).join(" · ")}
              </p>
            </div>
            {punch.member === seat.member ? (
              <span className="note">{t("reviews.own")}</span>
            ) : (
              <Button small onClick={() => choose(punch)}>
                {t("reviews.open")}
              </Button>
            )}
          </li>
        ))}
      </ul>
      {chosen && (
        <ReviewSheet
          seat={seat}
          punch={chosen}
          when={dated(chosen, zone)}
          why={t(whyOf(chosen))}
          review={review}
          onClose={() => {
            review.reset();
            choose(null);
          }}
        />
      )}
    </section>
  );
}

const dated = (punch: Punch, zone: string) =>
  `${today(punch.zone || zone, new Date(punch.at)).slice(5)} ${clock(punch.at, punch.zone || zone)}`;

/** whyOf says why a punch waits: it was made without a network, by a clock in doubt, written by its own person, or made outside of the places. */
const whyOf = ({ flags }: Punch) => {
  if ((flags ?? []).includes("offline_unapproved")) return "reviews.offline";
  if ((flags ?? []).includes("clock_jump")) return "reviews.clock";
  return (flags ?? []).includes("self_written") ? "reviews.self" : "reviews.outside";
};

function useReview(org: string, done: () => void) {
  const queries = useQueryClient();
  return useCommand(
    ({ punch, review, reason }: Verdict, key) =>
      answer(
        api.POST("/api/v1/orgs/{org}/members/{member}/punches/{punch}/review", {
          params: { path: { org, member: punch.member, punch: punch.id }, header: { "Idempotency-Key": key } },
          body: { review, ...(reason.trim() && { reason: reason.trim() }) },
        }),
      ),
    async (receipt) => {
      remember(org, receipt);
      done();
      for (const name of ["reviews", "days", "dashboard"]) await queries.invalidateQueries({ queryKey: [name, org] });
    },
  );
}
