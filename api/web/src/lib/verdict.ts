import data from "../../verdicts/verdicts.json";

export type Language = "zh" | "en";

/** VERDICTS are the words, symbols and styles that the workbooks show as well, by the names of rules §4. */
const VERDICTS = new Map(data.verdicts.map((verdict) => [verdict.name, verdict]));
const CORNERS = new Map(data.corners.map((corner) => [corner.name, corner]));

/** Verdict is how something is shown: a word, a symbol for narrow places, and the name of its style. */
export interface Verdict {
  name: string;
  word: string;
  symbol: string;
  style: string;
}

/** verdictOf names a result or a status in a language; an unknown name is shown as not over, never as its code. */
export function verdictOf(name: string, language: Language): Verdict {
  const verdict = VERDICTS.get(name) ?? VERDICTS.get("Pending");
  if (!verdict) return { name, word: "", symbol: "", style: "pending" };
  return { name: verdict.name, word: verdict[language], symbol: verdict.symbol[language], style: verdict.style };
}

/** cornerOf is a sign beside a verdict. */
export function cornerOf(name: string, language: Language): { name: string; word: string; symbol: string } {
  const corner = CORNERS.get(name);
  return corner ? { name, word: corner[language], symbol: corner.symbol } : { name, word: "", symbol: "" };
}

/** Known is everything that is known of a punch or a slot. */
export interface Known {
  /** saved says that the server gave a receipt. */
  saved?: boolean;
  refused?: boolean;
  /** review says that somebody has yet to look at the punch. */
  review?: boolean;
  /** outside says that it was made outside, and neither the rule nor a person accepts that. */
  outside?: boolean;
  photoMissing?: boolean;
  deviceUnbound?: boolean;
  /** flagged says that the punch bears a sign that HR looks at. */
  flagged?: boolean;
  /** timeResult is that of rules §4; null where nothing is due. */
  timeResult: string | null;
  /** punched says that a punch fills the slot. */
  punched?: boolean;
  /** due says that the slot's time is over, though it may still be filled. */
  due?: boolean;
}

/**
 * shown names what a pill says of a punch: the first thing that keeps it from being plainly well. Normal is said only when nothing else is
 * known against it.
 */
export function shown(known: Known): string {
  if (known.saved === false) return "Unsaved";
  if (known.refused) return "Refused";
  if (known.review) return "Review";
  if (known.outside) return "Outside";
  if (known.photoMissing) return "PhotoMissing";
  if (known.deviceUnbound) return "DeviceUnbound";
  if (known.flagged) return "Flagged";
  if (known.timeResult === null || known.timeResult === "") return known.punched ? "Recorded" : "Rest";
  if (known.timeResult === "Pending") return known.punched ? "Recorded" : known.due ? "Due" : "NotYet";
  return known.timeResult;
}

/** shownToday names the status of a day that is not over: it is not well before it ends, and not while something is against it. */
export function shownToday(day: { status: string; slots: Slot[] | null; waiting: number }): string {
  const slots = day.slots ?? [];
  if (day.status !== "Normal" && day.status !== "Abnormal") return day.status;
  if (day.waiting > 0 || slots.some((slot) => slot.review_waits)) return "Review";
  if (slots.some((slot) => slot.outside)) return "Outside";
  if (slots.some((slot) => slot.photo_missing)) return "PhotoMissing";
  return day.status;
}

interface Slot {
  outside: boolean;
  photo_missing: boolean;
  review_waits: boolean;
}

/** OTHERS are what a pill may say beside the verdicts of the file. */
const OTHERS: Record<string, { zh: string; en: string; symbol: string; style: string }> = {
  Refused: { zh: "未被接受", en: "Refused", symbol: "!", style: "missing" },
  Outside: { zh: "外勤", en: "Outside", symbol: "◎", style: "pending" },
  PhotoMissing: { zh: "缺照片", en: "No photo", symbol: "□", style: "pending" },
  DeviceUnbound: { zh: "未绑定设备", en: "Unbound device", symbol: "▢", style: "pending" },
  Flagged: { zh: "待核对", en: "To be checked", symbol: "?", style: "pending" },
  Recorded: { zh: "已记录", en: "Recorded", symbol: "·", style: "pending" },
  NotYet: { zh: "未到时间", en: "Not yet", symbol: "…", style: "pending" },
  Due: { zh: "还没打卡", en: "Not punched yet", symbol: "…", style: "pending" },
  Excused: { zh: "已免", en: "Excused", symbol: "免", style: "leave" },
  Abnormal: { zh: "异常", en: "Abnormal", symbol: "!", style: "late" },
};

/** pillOf is what a pill says in a language. */
export function pillOf(name: string, language: Language): Verdict {
  const other = OTHERS[name];
  return other ? { name, word: other[language], symbol: other.symbol, style: other.style } : verdictOf(name, language);
}

/** Day is what a day's pill goes by. */
export interface Day {
  status: string;
  anomalies?: string[] | null;
}

/** AGAINST are the anomalies that keep a day from being plainly normal, the first said first. */
const AGAINST = [
  "Outside",
  "PhotoMissing",
  "DeviceUnbound",
  "Flagged",
  "NotSigned",
  "Absenteeism",
  "SeriousLate",
  "Late",
  "Early",
  "Short",
];

/** shownDay names what a pill says of a day: an abnormal day says how, and a normal one must have nothing against it. */
export function shownDay({ status, anomalies }: Day): string {
  if (status !== "Normal" && status !== "Abnormal") return status;
  const time = AGAINST.slice(4).find((name) => anomalies?.includes(name));
  if (status === "Abnormal" && time) return time;
  return AGAINST.find((name) => anomalies?.includes(name)) ?? status;
}
