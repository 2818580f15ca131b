import { readFileSync } from "node:fs";
import type { Plugin } from "vite";

interface Colours {
  text: string;
  fill: string | null;
}
interface File {
  styles: Record<string, { form: string; light: Colours; dark: Colours }>;
}

const NAME = "virtual:verdicts.css";

/** FORMS carry a verdict without its colour. */
const FORMS: Record<string, string> = {
  text: "border-color: transparent; background: none; padding-inline: 0;",
  fill: "border-color: transparent;",
  solid: "border-color: transparent; font-weight: 600;",
  square: "border-color: transparent; border-radius: 2px; font-weight: 600;",
  outline: "border: 1px solid currentColor;",
  dashed: "border: 1px dashed currentColor;",
};

/** rulesOf writes the styles of the data file for a light and for a dark page. */
export function rulesOf(file: File): string {
  const colours = ({ text, fill }: Colours) => `color: ${text}; background: ${fill ?? "none"};`;
  return Object.entries(file.styles)
    .map(
      ([name, { form, light, dark }]) =>
        `.v-${name} { ${FORMS[form] ?? ""} ${colours(light)} }\n:root[data-theme="dark"] .v-${name} { ${colours(dark)} }`,
    )
    .join("\n");
}

/** verdictStyles makes the page's styles of verdicts out of the file that the workbooks read. */
export function verdictStyles(): Plugin {
  const path = new URL("./verdicts/verdicts.json", import.meta.url);
  return {
    name: "verdict-styles",
    resolveId: (id) => (id === NAME ? `\0${NAME}` : null),
    load(id) {
      if (id !== `\0${NAME}`) return null;
      this.addWatchFile(path.pathname);
      return rulesOf(JSON.parse(readFileSync(path, "utf8")) as File);
    },
  };
}
