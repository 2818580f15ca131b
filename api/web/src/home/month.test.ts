import { describe, expect, test } from "vitest";
import { lastOf, moveMonth } from "./month";

describe("months", () => {
  test("move over years", () => {
    expect(moveMonth("2026-01", -1)).toBe("2025-12");
    expect(moveMonth("2026-12", 1)).toBe("2027-01");
  });
  test("end on their last date", () => {
    expect(lastOf("2024-02")).toBe("2024-02-29");
    expect(lastOf("2026-04")).toBe("2026-04-30");
    expect(lastOf("2026-12")).toBe("2026-12-31");
  });
});
