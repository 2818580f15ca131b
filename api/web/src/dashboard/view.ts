import type { TFunction } from "i18next";
import type { Schema } from "../api/client";
import type { Palette, Slice } from "./charts";
import { ANOMALIES, type MemberDay } from "./DayTable";
import type { FeedPunch } from "./Feed";
import { slotsOf } from "./slots";
import type { Tile } from "./Tiles";

type Tally = Schema["Tally"];

/** tilesOf gives the figures of the day; a tile whose key is a status filters the members. */
export function tilesOf(t: Tally): Tile[] {
  return [
    { key: "", word: "punched", figure: t.punched, tone: "" },
    { key: "Pending", word: "pending", figure: t.pending, tone: "calm" },
    { key: "Normal", word: "normal", figure: t.on_time, tone: "good" },
    { key: "Late", word: "late", figure: t.late, tone: "warn" },
    { key: "Early", word: "early", figure: t.early, tone: "warn" },
    { key: "NotSigned", word: "missing", figure: t.not_signed, tone: "bad" },
    { key: "Absent", word: "absent", figure: t.absent, tone: "bad" },
    { key: "Leave", word: "leave", figure: t.leave + t.trip, tone: "info" },
  ];
}

/** slicesOf parts the expected members into shares that do not overlap; the rest is abnormal in another way. */
export function slicesOf(t: Tally, say: TFunction, colours: Palette): Slice[] {
  const away = t.leave + t.trip;
  const known = t.on_time + t.absent + away + t.not_started;
  return [
    { name: say("normal"), value: t.on_time, colour: colours.good },
    { name: say("abnormal"), value: Math.max(0, t.expected - known), colour: colours.warn },
    { name: say("absent"), value: t.absent, colour: colours.bad },
    { name: say("leave"), value: away, colour: colours.info },
    { name: say("notStarted"), value: t.not_started, colour: colours.calm },
  ];
}

/** Filter narrows the members of the day: by the day's status, or by one of its anomalies. */
export interface Filter {
  status?: string;
  anomaly?: string;
}

/** filterOf reads a chosen word as a status or as an anomaly; empty is everybody. */
export function filterOf(word: string): Filter {
  if (word === "") return {};
  return ANOMALIES.some((a) => a === word) ? { anomaly: word } : { status: word };
}

/** memberDay takes what the table shows from a day as rules §6 names it. */
export function memberDay(day: Schema["MemberDayView"]): MemberDay {
  return {
    member: day.member,
    number: day.number,
    name: day.name,
    date: day.date,
    shift: day.shift ?? null,
    status: day.status,
    worked: day.worked_min,
    slots: slotsOf(day.slots),
    anomalies: day.anomalies ?? [],
  };
}

/** feedOf lists the latest punches of a dashboard, newest first as the server gives them. */
export function feedOf(latest: Schema["LatestPunch"][]): FeedPunch[] {
  return latest.map((punch) => ({
    id: punch.id,
    at: punch.at,
    who: punch.name,
    number: punch.number,
    checkType: punch.check_type,
    source: punch.source_type,
  }));
}
