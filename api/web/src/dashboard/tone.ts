/** tone is the colour that a status or a result carries everywhere on the page. */
export function tone(word: string): string {
  if (word === "Normal") return "good";
  if (["Late", "Early", "Abnormal", "HalfDay", "SeriousLate"].includes(word)) return "warn";
  if (["Absent", "Absenteeism", "NotSigned"].includes(word)) return "bad";
  if (["Leave", "Trip", "Excused"].includes(word)) return "info";
  return "calm";
}
