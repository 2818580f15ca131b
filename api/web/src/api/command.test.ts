import { describe, expect, test } from "vitest";
import { Failure } from "./client";
import { Keeper } from "./command";

describe("the key of a command", () => {
  test("stays while the outcome is unknown, so that a repeat is the same command", () => {
    const keeper = new Keeper();
    const first = keeper.keyFor({ name: "A" });
    keeper.settle(new Failure(0, "unreachable", ""));
    expect(keeper.keyFor({ name: "A" })).toBe(first);
    keeper.settle(new Failure(503, "outcome_unknown", ""));
    expect(keeper.keyFor({ name: "A" })).toBe(first);
  });
  test("changes with the input, after a receipt, and after a refusal", () => {
    const keeper = new Keeper();
    const first = keeper.keyFor({ name: "A" });
    const other = keeper.keyFor({ name: "B" });
    expect(other).not.toBe(first);
    keeper.settle();
    const third = keeper.keyFor({ name: "B" });
    expect(third).not.toBe(other);
    keeper.settle(new Failure(422, "name_invalid", ""));
    expect(keeper.keyFor({ name: "B" })).not.toBe(third);
  });
  test("is a UUIDv7", () => {
    expect(new Keeper().keyFor(1)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});
