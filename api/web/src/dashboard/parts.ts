import type { Schema } from "../api/client";
import type { Word } from "./word";

export type Buckets = Schema["Buckets"];

/** PARTS are the buckets in the order in which they are said; they add up to those expected. */
export const PARTS: { key: keyof Buckets; word: Word }[] = [
  { key: "on_time", word: "onTime" },
  { key: "late", word: "late" },
  { key: "missing", word: "notIn" },
  { key: "leave", word: "onLeave" },
  { key: "trip", word: "onTrip" },
  { key: "ahead", word: "ahead" },
];
