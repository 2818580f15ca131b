import i18next from "i18next";
import { useTranslation } from "react-i18next";
import type { Language } from "./verdict";

const languageOf = (text: string): Language => (text === "zh" ? "zh" : "en");

/** useLanguage is the page's language. */
export function useLanguage(): Language {
  const { i18n } = useTranslation();
  return languageOf(i18n.language);
}

/** language is the page's language where there is no component. */
export const language = (): Language => languageOf(i18next.language);
