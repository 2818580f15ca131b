import type { TFunction } from "i18next";
import type { Schema } from "../api/client";
import type { Palette, Slice } from "./charts";
import { ANOMALIES, type MemberDay, STATUSES } from "./DayTable";
import type { FeedPunch } from "./Feed";
import { slotsOf } from "./slots";
import { type Buckets, PARTS } from "./parts";
import type { Tile } from "./Tiles";

type Tally = Schema["Tally"];

/** partsOf are the tiles that add up to those expected. */
export const partsOf = (b: Buckets): Tile[] => PARTS.map(({ key, word }) => ({ key, word, figure: b[key] }));

/** amongOf are counts that overlap with the parts, or are of people who are not expected. */
export function amongOf(t: Tally): Tile[] {
  return [
    { key: "Outside", word: "outside", figure: t.outside },
    { key: "Early", word: "early", figure: t.early },
    { key: "NotSigned", word: "missing", figure: t.not_signed },
    { key: "Absent", word: "absent", figure: t.absent },
    { key: "Unscheduled", word: "unscheduled", figure: t.unscheduled },
  ];
}

/** slicesOf parts the expected members into shares that do not overlap. */
export function slicesOf(b: Buckets, say: TFunction, colours: Palette): Slice[] {
  const colour: Record<keyof Buckets, string> = {
    on_time: colours.good,
    late: colours.warn,
    missing: colours.bad,
    leave: colours.info,
    trip: colours.brand,
    ahead: colours.calm,
  };
  return PARTS.map(({ key, word }) => ({ name: say(word), value: b[key], colour: colour[key] }));
}

/** Filter narrows the members of the day: by a bucket, by the day's status, or by one of its anomalies. */
export interface Filter {
  bucket?: keyof Buckets;
  status?: string;
  anomaly?: string;
}

/** filterOf reads a chosen word as a bucket, a status or an anomaly; empty is everybody. */
export function filterOf(word: string): Filter {
  if (word === "") return {};
  const part = PARTS.find(({ key }) => key === word);
  if (part) return { bucket: part.key };
  return ANOMALIES.some((a) => a === word) ? { anomaly: word } : STATUSES.some((s) => s === word) ? { status: word } : {};
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
