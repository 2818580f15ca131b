import type { ReactNode } from "react";
import { useLanguage } from "../lib/language";
import { pillOf } from "../lib/verdict";

interface Props {
  /** name is what lib/verdict shows. */
  name: string;
  /** children stand behind the word, such as minutes. */
  children?: ReactNode;
}

/** Pill is a verdict as its word, drawn in the style of the file that workbooks read as well. */
export function Pill({ name, children }: Props) {
  const { word, style } = pillOf(name, useLanguage());
  return (
    <span className={`verdict v-${style}`}>
      {word}
      {children}
    </span>
  );
}
