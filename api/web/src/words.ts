import * as door from "./words/door";
import * as home from "./words/home";
import * as shell from "./words/shell";

// The words that come with the first load, in Chinese and English; the dashboard and the console bring their own.
export const zh = { ...shell.zh, ...door.zh, ...home.zh } as const;

export type Word = keyof typeof zh;

export const en: Record<Word, string> = { ...shell.en, ...door.en, ...home.en };
