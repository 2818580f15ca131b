import { language } from "../lib/language";

/** today is the civil date in a zone, yyyy-mm-dd. */
export function today(zone: string, now: Date = new Date()): string {
  return new Intl.DateTimeFormat("en-CA", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit" }).format(now);
}

/** addDays moves a civil date by n days, without any zone. */
export function addDays(date: string, n: number): string {
  const at = new Date(`${date}T00:00:00Z`);
  at.setUTCDate(at.getUTCDate() + n);
  return at.toISOString().slice(0, 10);
}

/** clock is the wall time of an instant in a zone, HH:MM, with 次日, +1 or -1 when it falls on another date than the workday. */
export function clock(instant: string | null | undefined, zone: string, workday?: string): string {
  if (!instant) return "";
  const at = new Date(instant);
  if (Number.isNaN(at.getTime())) return "";
  const text = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(at);
  if (!workday) return text;
  const away = daysBetween(workday, today(zone, at));
  if (away === 0) return text;
  if (language() === "zh" && Math.abs(away) === 1) return `${away > 0 ? "次日" : "前日"} ${text}`;
  return `${text} ${away > 0 ? "+" : "−"}${Math.abs(away)}`;
}

/** daysBetween counts the dates from a to b. */
export function daysBetween(a: string, b: string): number {
  return Math.round((Date.parse(`${b}T00:00:00Z`) - Date.parse(`${a}T00:00:00Z`)) / 86_400_000);
}

/** hours writes minutes as h:mm. */
export function hours(minutes: number): string {
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}`;
}

/** longDate writes a civil date with its weekday in the reader's language. */
export function longDate(date: string, language: string): string {
  const locale = language === "zh" ? "zh-CN" : "en-GB";
  return new Intl.DateTimeFormat(locale, { timeZone: "UTC", dateStyle: "full" }).format(new Date(`${date}T00:00:00Z`));
}
