import { QueryObserver } from "@tanstack/react-query";
import { expect, test, vi } from "vitest";
import { Queries } from "./queries";

test("what is being asked for the first time is asked for again when it changes", async () => {
  const queries = new Queries();
  const answers: ((text: string) => void)[] = [];
  const observer = new QueryObserver(queries, {
    queryKey: ["organization", "a"],
    queryFn: () => new Promise<string>((tell) => answers.push(tell)),
  });
  const stop = observer.subscribe(() => undefined);
  expect(answers).toHaveLength(1);

  const renewed = queries.invalidateQueries({ queryKey: ["organization", "a"] });
  await vi.waitFor(() => expect(answers).toHaveLength(2));
  answers[0]?.("before the change");
  answers[1]?.("after it");
  await renewed;
  expect(observer.getCurrentResult().data).toBe("after it");
  expect(observer.getCurrentResult().isError).toBe(false);

  const other = queries.invalidateQueries({ queryKey: ["groups", "a"] });
  await other;
  expect(answers, "what did not change is left alone").toHaveLength(2);
  stop();
});
