import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import { en, zh } from "./words";

export type Language = "zh" | "en";

const KEY = "daka.language";

function isLanguage(text: string | null | undefined): text is Language {
  return text === "zh" || text === "en";
}

export function preferredLanguage(): Language {
  const kept = localStorage.getItem(KEY);
  if (isLanguage(kept)) return kept;
  return navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
}

export async function startLanguage(): Promise<void> {
  await i18next.use(initReactI18next).init({
    lng: preferredLanguage(),
    fallbackLng: "en",
    // Words such as "signin.title" are flat keys.
    keySeparator: false,
    nsSeparator: false,
    interpolation: { escapeValue: false },
    resources: { zh: { translation: zh }, en: { translation: en } },
  });
  mark();
}

/** addWords brings the words of a part of the page that is loaded later. */
export function addWords(words: { zh: Record<string, string>; en: Record<string, string> }): void {
  i18next.addResourceBundle("zh", "translation", words.zh, true, true);
  i18next.addResourceBundle("en", "translation", words.en, true, true);
}

/** changeLanguage turns the page; what the server said is asked for again in that language. */
export async function changeLanguage(to: Language): Promise<void> {
  localStorage.setItem(KEY, to);
  await i18next.changeLanguage(to);
  mark();
}

/** followAccount takes the account's language where this browser has not chosen one. */
export function followAccount(language: string | undefined): void {
  if (localStorage.getItem(KEY) === null && isLanguage(language) && language !== i18next.language) void changeLanguage(language);
}

function mark(): void {
  document.documentElement.lang = i18next.language === "zh" ? "zh-CN" : "en";
  document.title = i18next.t("title");
}
