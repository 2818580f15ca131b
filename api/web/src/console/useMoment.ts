import { useTranslation } from "react-i18next";

/** useMoment writes an instant in the reader's language and zone. */
export function useMoment(): (instant: string) => string {
  const { i18n } = useTranslation();
  const format = new Intl.DateTimeFormat(i18n.language === "zh" ? "zh-CN" : "en-GB", { dateStyle: "medium", timeStyle: "short" });
  return (instant) => (instant ? format.format(new Date(instant)) : "");
}
