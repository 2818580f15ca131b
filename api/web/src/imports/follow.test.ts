import { describe, expect, test } from "vitest";
import { formOf, LineCutter } from "./follow";

describe("LineCutter", () => {
  test("joins what comes in pieces", () => {
    const cutter = new LineCutter();
    expect(cutter.take('{"stage":"reading","done":1,')).toEqual([]);
    expect(cutter.take('"total":4}\n{"done":2}\n\n{"do')).toEqual([{ stage: "reading", done: 1, total: 4 }, { done: 2 }]);
    expect(cutter.take('ne":3}\n')).toEqual([{ done: 3 }]);
  });
});

describe("formOf", () => {
  const options = { zone: "Asia/Shanghai", makes: true, dates: "", map: "", aliases: { "42": "0042", "7": "" } };
  test("sends the answers about look-alikes, and no empty field", () => {
    const form = formOf([new File(["1"], "a.csv")], options, true);
    expect(form.get("alias")).toBe("42=0042");
    expect(form.get("dry_run")).toBe("true");
    expect(form.has("dates")).toBe(false);
    expect(form.getAll("file")).toHaveLength(1);
  });
});
