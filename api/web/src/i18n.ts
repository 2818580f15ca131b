import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import { en, zh } from "./words";

export type Language = "zh" | "en";

const KEY = "daka.language";

export function preferredLanguage(): Language {
  const kept = localStorage.getItem(KEY);
  if (kept === "zh" || kept === "en") return kept;
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
  document.documentElement.lang = i18next.language === "zh" ? "zh-CN" : "en";
}

export async function changeLanguage(to: Language): Promise<void> {
  localStorage.setItem(KEY, to);
  await i18next.changeLanguage(to);
  document.documentElement.lang = to === "zh" ? "zh-CN" : "en";
}
