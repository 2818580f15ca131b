import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { answer, api, type Schema } from "../api/client";
import { after } from "../api/position";
import { clock, today } from "../dashboard/time";
import { shortDate } from "../lib/calendar";
import { FailureNotice } from "../ui/Notice";

interface Props {
  org: string;
  from: string;
  to: string;
  zone: string;
}

/** PunchList shows one's own punches, newest first, each with where it was made. */
export function PunchList({ org, from, to, zone }: Props) {
  const { t } = useTranslation();
  const punches = useQuery({
    queryKey: ["punches", org, from, to],
    queryFn: () =>
      answer(
        api.GET("/api/v1/orgs/{org}/members/{member}/punches", {
          params: { path: { org, member: "me" }, query: { ...after(org), from, to, limit: 500 } },
        }),
      ),
  });
  if (punches.isError) return <FailureNotice error={punches.error} />;
  const items = [...(punches.data?.items ?? [])].sort((a, b) => b.at.localeCompare(a.at));
  if (punches.isSuccess && items.length === 0) return <p className="note">{t("punches.empty")}</p>;
  return (
    <ul className="feed">
      {items.map((punch) => (
        <Line key={punch.id} punch={punch} zone={punch.zone || zone} dated={from !== to} />
      ))}
    </ul>
  );
}

function Line({ punch, zone, dated }: { punch: Schema["PunchView"]; zone: string; dated: boolean }) {
  const { t, i18n } = useTranslation();
  const parts = [
    punch.source_type === "USER" ? "" : t(`source.${punch.source_type}`, ""),
    whereOf(punch.detail, t),
    ...(punch.flags ?? []).map((flag) => t(`flag.${flag}`, "")),
    punch.review ? t(`review.${punch.review}`, "") : "",
    punch.voided ? t("punches.voided") : "",
  ];
  return (
    <li>
      <span className="time">
        {dated ? `${shortDate(today(zone, new Date(punch.at)), i18n.language)} ` : ""}
        {clock(punch.at, zone)}
      </span>
      <span className="who">{punch.check_type ? t(punch.check_type) : t("punch.word")}</span>
      <span className="what wrap">{parts.filter(Boolean).join(" · ")}</span>
    </li>
  );
}

type Say = ReturnType<typeof useTranslation>["t"];

function whereOf(detail: Record<string, unknown>, t: Say): string {
  const photo = detail.photo ? t("punches.photo") : "";
  const place =
    typeof detail.place_id === "string" && detail.place_id
      ? t("punches.inside")
      : typeof detail.distance_m === "number"
        ? t("punches.away", { n: detail.distance_m })
        : typeof detail.lat === "number"
          ? t("punches.located")
          : "";
  return [place, photo].filter(Boolean).join(" · ");
}
