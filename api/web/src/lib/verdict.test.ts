// @vitest-environment node
import { expect, test } from "vitest";
import { type Known, pillOf, shown, shownDay } from "./verdict";

// Every combination of what can be known: 正常 stands alone where nothing is against it.
const yesNo = [true, false];
const results = ["Normal", "Late", "SeriousLate", "Absenteeism", "Early", "NotSigned", "Pending", "Excused", null];

test("Normal is never said of what is unsaved, refused, in review, outside, without a photo, or flagged", () => {
  let all = 0;
  for (const saved of yesNo)
    for (const refused of yesNo)
      for (const review of yesNo)
        for (const outside of yesNo)
          for (const photoMissing of yesNo)
            for (const deviceUnbound of yesNo)
              for (const flagged of yesNo)
                for (const timeResult of results) {
                  const known: Known = { saved, refused, review, outside, photoMissing, deviceUnbound, flagged, timeResult, punched: true };
                  const well = saved && !refused && !review && !outside && !photoMissing && !deviceUnbound && !flagged;
                  expect(shown(known) === "Normal").toBe(well && timeResult === "Normal");
                  expect(pillOf(shown(known), "zh").word === "正常").toBe(well && timeResult === "Normal");
                  all += 1;
                }
  expect(all).toBe(2 ** 7 * results.length);
});

test.each([
  [{ saved: false, outside: true, timeResult: "Normal" }, "待发送", "Not saved"],
  [{ refused: true, timeResult: "Normal" }, "未被接受", "Refused"],
  [{ review: true, outside: true, timeResult: "Late" }, "待审核", "In review"],
  [{ outside: true, photoMissing: true, timeResult: "Normal" }, "外勤", "Outside"],
  [{ photoMissing: true, timeResult: "Normal" }, "缺照片", "No photo"],
  [{ timeResult: "Normal" }, "正常", "Normal"],
  [{ timeResult: "Pending", punched: true }, "已记录", "Recorded"],
  [{ timeResult: "Pending" }, "未到时间", "Not yet"],
  [{ timeResult: "Pending", due: true }, "还没打卡", "Not punched yet"],
  [{ timeResult: "SeriousLate" }, "严重迟到", "Seriously late"],
])("%j is said in both languages", (known, zh, en) => {
  expect(pillOf(shown(known), "zh").word).toBe(zh);
  expect(pillOf(shown(known), "en").word).toBe(en);
});

test.each([
  ["Normal", [], "Normal"],
  ["Normal", ["Outside"], "Outside"],
  ["Normal", ["PhotoMissing"], "PhotoMissing"],
  ["Normal", ["Flagged"], "Flagged"],
  ["Abnormal", ["Late", "Outside"], "Late"],
  ["Abnormal", ["Late", "NotSigned"], "NotSigned"],
  ["Abnormal", ["Short"], "Short"],
  ["Abnormal", ["Outside"], "Outside"],
  ["Leave", ["Outside"], "Leave"],
  ["Pending", [], "Pending"],
])("a day that is %s with %j shows %s", (status, anomalies, name) => {
  expect(shownDay({ status, anomalies })).toBe(name);
});

test("no pill shows a code", () => {
  for (const name of [
    "Refused",
    "Outside",
    "PhotoMissing",
    "DeviceUnbound",
    "Flagged",
    "Recorded",
    "NotYet",
    "Excused",
    "Abnormal",
    "Late",
    "nonsense",
  ]) {
    expect(pillOf(name, "zh").word).toMatch(/^\p{Script=Han}+$/u);
    expect(pillOf(name, "en").word).not.toBe("");
  }
});
