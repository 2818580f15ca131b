import { cleanup, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { afterEach, expect, test } from "vitest";
import { changeLanguage, startLanguage } from "../i18n";
import { DateField } from "./DateField";
import { TimeField } from "./TimeField";

afterEach(cleanup);

function Form() {
  const [date, setDate] = useState("2026-11-30");
  const [time, setTime] = useState("09:00");
  return (
    <>
      <DateField label="date" value={date} onDate={setDate} />
      <TimeField label="time" value={time} onTime={setTime} />
      <output>{`${date} ${time}`}</output>
    </>
  );
}

test("a date is shown and chosen in the page's language, by mouse and by keyboard", async () => {
  await startLanguage();
  await changeLanguage("zh");
  const user = userEvent.setup();
  render(<Form />);
  await user.click(screen.getByRole("button", { name: /2026年11月30日 周一/ }));
  await user.click(screen.getByRole("button", { name: "2026年11月17日 周二" }));
  expect(screen.getByRole("status").textContent).toBe("2026-11-17 09:00");
  await changeLanguage("en");
  await user.click(await screen.findByRole("button", { name: /Tue 17 Nov 2026/ }));
  await user.keyboard("{ArrowDown}{ArrowDown}{ArrowLeft}{Enter}");
  expect(screen.getByRole("status").textContent).toBe("2026-11-30 09:00");
  await user.click(screen.getByRole("button", { name: /Mon 30 Nov 2026/ }));
  await user.keyboard("{Escape}");
  expect(screen.queryByRole("dialog")).toBeNull();
  expect(document.querySelector("input[type=date], input[type=time]")).toBeNull();
});

test("a time is taken as people type it", async () => {
  const user = userEvent.setup();
  render(<Form />);
  const field = screen.getByLabelText<HTMLInputElement>("time");
  await user.clear(field);
  await user.type(field, "0830");
  await user.tab();
  expect(field.value).toBe("08:30");
  expect(screen.getByRole("status").textContent).toBe("2026-11-30 08:30");
});
