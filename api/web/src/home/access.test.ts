import { expect, test } from "vitest";
import { fieldsOf } from "./Access";

test("latitude and longitude are one place", () => {
  expect(fieldsOf(["lat", "lng", "note", "photo"])).toEqual(["place", "note", "photo"]);
});
