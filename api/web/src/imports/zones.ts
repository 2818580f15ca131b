/** zones are the time zones by the names that people know them by; the chosen one is among them. */
export function zones(chosen: string, language: string): { value: string; label: string }[] {
  const all = Intl.supportedValuesOf("timeZone");
  const list = all.includes(chosen) ? all : [chosen, ...all];
  return list.map((zone) => ({ value: zone, label: `${nameOf(zone, language)} · ${zone.split("/").pop()?.replaceAll("_", " ") ?? zone}` }));
}

function nameOf(zone: string, language: string): string {
  const locale = language === "zh" ? "zh-CN" : "en";
  const parts = new Intl.DateTimeFormat(locale, { timeZone: zone, timeZoneName: "long" }).formatToParts(0);
  return parts.find((part) => part.type === "timeZoneName")?.value ?? zone;
}
