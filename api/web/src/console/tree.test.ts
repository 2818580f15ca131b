import { expect, test } from "vitest";
import { treeOf } from "./tree";

test("a tree is listed from above, and an orphan is at the top", () => {
  const items = [
    { id: "b", parent: "a" },
    { id: "a", parent: "" },
    { id: "c", parent: "b" },
    { id: "x", parent: "gone" },
  ];
  expect(treeOf(items).map(({ item, depth }) => item.id + String(depth))).toEqual(["a0", "b1", "c2", "x0"]);
});
