import { act, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, test } from "vitest";
import { asDate, asMonth, changed, useLayer, useParam } from "./address";

beforeEach(() => history.replaceState(null, "", "/o/1/day"));

function Page() {
  const [date, setDate] = useParam("date", "2026-03-02");
  const [sheet, open, close] = useLayer("sheet");
  return (
    <>
      <p>{date}</p>
      <button onClick={() => setDate("2026-03-05")}>later</button>
      <button onClick={() => setDate("2026-03-02")}>today</button>
      <button onClick={() => open("add")}>open</button>
      {sheet && <button onClick={close}>close {sheet}</button>}
    </>
  );
}

async function back() {
  await act(async () => {
    history.back();
    await new Promise((resolve) => addEventListener("popstate", resolve, { once: true }));
  });
}

test("the address holds what is chosen, and Back undoes it and closes a layer", async () => {
  const user = userEvent.setup();
  render(<Page />);
  screen.getByText("2026-03-02");
  await user.click(screen.getByText("later"));
  screen.getByText("2026-03-05");
  expect(location.search).toBe("?date=2026-03-05");
  await user.click(screen.getByText("open"));
  expect(location.search).toBe("?date=2026-03-05&sheet=add");
  screen.getByText("close add");
  await back();
  expect(screen.queryByText("close add")).toBeNull();
  screen.getByText("2026-03-05");
  await user.click(screen.getByText("today"));
  expect(location.search).toBe("");
});

test("a reload restores it, and nonsense counts for nothing", () => {
  history.replaceState(null, "", "/o/1/day?date=2026-04-01");
  render(<Page />);
  screen.getByText("2026-04-01");
  expect(asDate("2026-02-30", "x")).toBe("x");
  expect(asDate("2026-02-28", "x")).toBe("2026-02-28");
  expect(asDate("<script>", "x")).toBe("x");
  expect(asMonth("2026-13", "x")).toBe("x");
  expect(asMonth("2026-12", "x")).toBe("2026-12");
  expect(changed("?a=1&b=2", { a: "", c: "ü" })).toBe("?b=2&c=%C3%BC");
});
