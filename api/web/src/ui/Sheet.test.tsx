import { act, fireEvent, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeAll, expect, test, vi } from "vitest";
import { startLanguage } from "../i18n";
import { noteWritten } from "../lib/written";
import { TextField } from "./Field";
import { Sheet } from "./Sheet";

beforeAll(async () => {
  HTMLDialogElement.prototype.showModal = function () {
    this.open = true;
  };
  HTMLDialogElement.prototype.close = function () {
    this.open = false;
  };
  localStorage.setItem("daka.language", "zh");
  await startLanguage();
});
afterEach(() => document.body.replaceChildren());

function open() {
  const onClose = vi.fn();
  render(
    <Sheet title="添加成员" onClose={onClose}>
      <TextField label="姓名" onText={() => undefined} />
    </Sheet>,
  );
  const escape = () => act(() => void fireEvent(screen.getByRole("dialog"), new Event("cancel", { cancelable: true })));
  return { onClose, escape };
}

test("given a half-filled form, Escape asks; staying keeps it, leaving closes it", async () => {
  const user = userEvent.setup();
  const { onClose, escape } = open();
  await user.type(screen.getByLabelText("姓名"), "李");
  escape();
  expect(onClose).not.toHaveBeenCalled();
  await user.click(screen.getByText("继续填写"));
  expect(screen.getByLabelText<HTMLInputElement>("姓名").value).toBe("李");
  await user.click(screen.getByLabelText("关闭"));
  expect(onClose).not.toHaveBeenCalled();
  await user.click(screen.getByText("放弃"));
  expect(onClose).toHaveBeenCalledTimes(1);
});

test("an untouched form, and one that was saved, close at once", async () => {
  const first = open();
  first.escape();
  expect(first.onClose).toHaveBeenCalledTimes(1);
  document.body.replaceChildren();
  const second = open();
  await userEvent.setup().type(screen.getByLabelText("姓名"), "李");
  act(noteWritten);
  second.escape();
  expect(second.onClose).toHaveBeenCalledTimes(1);
});
