/** readersZone is the zone of whoever reads. */
export const readersZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

/** zoneName is a zone in the reader's language, such as 中国标准时间, never its code of the IANA database. */
export function zoneName(zone: string, language: string): string {
  try {
    const parts = new Intl.DateTimeFormat(language === "zh" ? "zh-CN" : "en-GB", { timeZone: zone, timeZoneName: "long" }).formatToParts(
      new Date(),
    );
    return parts.find((part) => part.type === "timeZoneName")?.value ?? "";
  } catch {
    return "";
  }
}

/** foreignZone names a zone whose clock differs from the reader's now; empty where both say the same. */
export function foreignZone(zone: string, language: string, reader = readersZone(), now = new Date()): string {
  if (!zone) return "";
  try {
    return offset(zone, now) === offset(reader, now) ? "" : zoneName(zone, language);
  } catch {
    return zoneName(zone, language);
  }
}

function offset(zone: string, now: Date): string {
  const parts = new Intl.DateTimeFormat("en", { timeZone: zone, timeZoneName: "longOffset" }).formatToParts(now);
  return parts.find((part) => part.type === "timeZoneName")?.value ?? "";
}
