import type { zh } from "./words";
import type { Word as First } from "../words";

/** Word is what the dashboard may say: its own words and those of the first load. */
export type Word = keyof typeof zh | First;
