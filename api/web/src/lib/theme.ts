/** Theme is what somebody chose; system follows the device. */
export type Theme = "light" | "dark" | "system";

const KEY = "daka.theme";
const DARK = "(prefers-color-scheme: dark)";
const watchers = new Set<() => void>();

/** chosenTheme is what this browser was told. */
export function chosenTheme(): Theme {
  const kept = localStorage.getItem(KEY);
  return kept === "light" || kept === "dark" ? kept : "system";
}

/** isDark says how the page is drawn now. */
export const isDark = (): boolean => (chosenTheme() === "system" ? matchMedia(DARK).matches : chosenTheme() === "dark");

/** chooseTheme keeps a choice and draws the page by it. */
export function chooseTheme(theme: Theme): void {
  if (theme === "system") localStorage.removeItem(KEY);
  else localStorage.setItem(KEY, theme);
  draw();
}

/** startTheme draws the page, and again when the device turns or another tab chooses. */
export function startTheme(): void {
  matchMedia(DARK).addEventListener("change", draw);
  window.addEventListener("storage", (event) => event.key === KEY && draw());
  draw();
}

/** onTheme is told when light and dark change. */
export function onTheme(watcher: () => void): () => void {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

function draw(): void {
  document.documentElement.dataset.theme = isDark() ? "dark" : "light";
  for (const watcher of watchers) watcher();
}
