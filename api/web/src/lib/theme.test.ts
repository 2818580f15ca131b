import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { chooseTheme, chosenTheme, onTheme, startTheme } from "./theme";

let dark = false;
let turned: () => void = () => undefined;

beforeEach(() => {
  localStorage.clear();
  dark = false;
  vi.stubGlobal("matchMedia", () => ({
    get matches() {
      return dark;
    },
    addEventListener: (_: string, tell: () => void) => {
      turned = tell;
    },
  }));
  startTheme();
});
afterEach(() => void vi.unstubAllGlobals());

const drawn = () => document.documentElement.dataset.theme;

test("the page follows the device until somebody chooses", () => {
  expect(drawn()).toBe("light");
  dark = true;
  turned();
  expect(drawn()).toBe("dark");
  chooseTheme("light");
  turned();
  expect(drawn()).toBe("light");
  expect(chosenTheme()).toBe("light");
  chooseTheme("system");
  expect(drawn()).toBe("dark");
  expect(localStorage.getItem("daka.theme")).toBeNull();
});

test("who draws by it is told", () => {
  const told = vi.fn();
  const stop = onTheme(told);
  chooseTheme("dark");
  expect(told).toHaveBeenCalledTimes(1);
  stop();
  chooseTheme("light");
  expect(told).toHaveBeenCalledTimes(1);
});
