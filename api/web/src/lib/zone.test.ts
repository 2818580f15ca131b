// @vitest-environment node
import { expect, test } from "vitest";
import { foreignZone, zoneName } from "./zone";

test("a zone is named in the reader's language, and only where clocks differ", () => {
  expect(zoneName("Asia/Shanghai", "zh")).toBe("中国标准时间");
  expect(zoneName("Asia/Shanghai", "en")).toBe("China Standard Time");
  expect(zoneName("Nowhere/Such", "en")).toBe("");
  expect(foreignZone("Asia/Shanghai", "zh", "Asia/Shanghai")).toBe("");
  expect(foreignZone("Asia/Shanghai", "zh", "Asia/Chongqing")).toBe("");
  expect(foreignZone("Asia/Shanghai", "zh", "Europe/Berlin")).toBe("中国标准时间");
  expect(foreignZone("", "zh")).toBe("");
});
