import { expect, test } from "vitest";
import { linesOf } from "./ReviewSheet";

const say = (word: string, values?: Record<string, unknown>) => (values ? `${word} ${String(values.n)}` : word);

test("what is known of a punch's place and note is named, and nothing else", () => {
  expect(linesOf({ lat: 30.2741001, lng: 120.1551, accuracy_m: 12.4, distance_m: 158_211.7, note: "客户现场", photo: "ab" }, say)).toEqual([
    ["reviews.note", "客户现场"],
    ["reviews.position", "30.27410, 120.15510 reviews.accuracy 12"],
    ["reviews.distance", "reviews.kilometres 158"],
  ]);
  expect(linesOf({ distance_m: 412.6 }, say)).toEqual([["reviews.distance", "reviews.metres 413"]]);
  expect(linesOf({ lat: 30.2, source: "x", note: "" }, say)).toEqual([]);
});
