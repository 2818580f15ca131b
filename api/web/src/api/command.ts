import { useMutation, type UseMutationResult } from "@tanstack/react-query";
import { useRef } from "react";
import { v7 } from "uuid";
import { noteWritten } from "../lib/written";
import { Failure } from "./client";

/** newKey makes an Idempotency-Key: a UUIDv7, made before the first try. */
export function newKey(): string {
  return v7();
}

/** Keeper remembers the key of a command whose outcome is unknown, so that its repeat is the same command. */
export class Keeper {
  private kept: { key: string; input: string } | null = null;

  /** keyFor gives the kept key when the input is the same, else a new one. */
  keyFor(input: unknown): string {
    const text = input === undefined ? "" : JSON.stringify(input);
    if (this.kept?.input !== text) this.kept = { key: newKey(), input: text };
    return this.kept.key;
  }

  /** settle forgets the key unless the outcome is still unknown. */
  settle(error?: unknown): void {
    if (error instanceof Failure && error.undecided) return;
    this.kept = null;
  }
}

/** useCommand runs a write; sending the same input again after an unknown outcome repeats the same key. */
export function useCommand<I, T>(
  send: (input: I, key: string) => Promise<T>,
  done?: (result: T, input: I) => void | Promise<void>,
): UseMutationResult<T, unknown, I> {
  const keeper = useRef(new Keeper());
  return useMutation({
    mutationFn: async (input: I) => {
      try {
        const result = await send(input, keeper.current.keyFor(input));
        keeper.current.settle();
        noteWritten();
        return result;
      } catch (error) {
        keeper.current.settle(error);
        throw error;
      }
    },
    onSuccess: (result, input) => done?.(result, input),
  });
}
