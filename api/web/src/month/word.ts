import type { Word as First } from "../words";
import type { zh } from "./words";

/** Word is a text of the month's statistics or of the page around them. */
export type Word = First | keyof typeof zh;
