/** weeksOf lists the weeks of a month, Monday first; dates of other months are null. */
export function weeksOf(month: string): (string | null)[][] {
  const first = new Date(`${month}-01T00:00:00Z`);
  const days = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate();
  const cells: (string | null)[] = Array.from({ length: (first.getUTCDay() + 6) % 7 }, () => null);
  for (let day = 1; day <= days; day++) cells.push(`${month}-${String(day).padStart(2, "0")}`);
  while (cells.length % 7 > 0) cells.push(null);
  return Array.from({ length: cells.length / 7 }, (_, week) => cells.slice(week * 7, week * 7 + 7));
}

/** shortDate writes a date with its weekday in a language: 11月30日 周一, Mon 30 Nov. */
export function shortDate(date: string, language: string): string {
  const at = new Date(`${date}T00:00:00Z`);
  const part = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(language === "zh" ? "zh-CN" : "en-GB", { timeZone: "UTC", ...options }).format(at);
  return language === "zh"
    ? `${part({ month: "long", day: "numeric" })} ${part({ weekday: "short" })}`
    : `${part({ weekday: "short" })} ${part({ day: "numeric", month: "short" })}`;
}

/** fullDate also names the year. */
export function fullDate(date: string, language: string): string {
  const year = date.slice(0, 4);
  return language === "zh" ? `${year}年${shortDate(date, language)}` : `${shortDate(date, language)} ${year}`;
}

/** clockOf reads a time as people type it: 9, 930, 9:30, 09.30, up to hours given; empty where it is none. */
export function clockOf(text: string, most = 24): string {
  const typed = text.trim().replace(/[：.．]/, ":");
  const found = /^(\d{1,2})(?::?(\d{2}))?$/.exec(typed);
  if (!found) return "";
  const [hour, minute] = [Number(found[1]), Number(found[2] ?? 0)];
  if (hour >= most || minute > 59) return "";
  return `${String(hour).padStart(2, "0")}:${String(minute).padStart(2, "0")}`;
}
