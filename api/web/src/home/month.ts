/** moveMonth moves yyyy-mm by n months. */
export function moveMonth(month: string, n: number): string {
  const at = new Date(`${month}-01T00:00:00Z`);
  at.setUTCMonth(at.getUTCMonth() + n);
  return at.toISOString().slice(0, 7);
}

/** lastOf is the last date of a month. */
export function lastOf(month: string): string {
  const at = new Date(`${moveMonth(month, 1)}-01T00:00:00Z`);
  at.setUTCDate(0);
  return at.toISOString().slice(0, 10);
}

/** monthName writes a month in the reader's language. */
export function monthName(month: string, language: string): string {
  const locale = language === "zh" ? "zh-CN" : "en-GB";
  return new Intl.DateTimeFormat(locale, { timeZone: "UTC", year: "numeric", month: "long" }).format(new Date(`${month}-01T00:00:00Z`));
}
