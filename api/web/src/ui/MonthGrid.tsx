import { type KeyboardEvent, type ReactNode, useEffect, useRef } from "react";
import { weeksOf } from "../lib/calendar";

interface Props {
  /** month is yyyy-mm. */
  month: string;
  language: string;
  label: string;
  /** chosen is the date that is selected, focused the one that the keyboard is on. */
  chosen: string;
  focused: string;
  onFocus: (date: string) => void;
  onChoose: (date: string) => void;
  /** nameOf is what a screen reader says of a date. */
  nameOf: (date: string) => string;
  children?: (date: string) => ReactNode;
  /** grab takes the focus when the grid appears. */
  grab?: boolean;
}

const STEPS: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };

/** MonthGrid is a month, Monday first; arrows move from date to date, Enter chooses. */
export function MonthGrid({ month, language, label, chosen, focused, onFocus, onChoose, nameOf, children, grab }: Props) {
  const here = useRef<HTMLButtonElement>(null);
  const moved = useRef(grab === true);
  useEffect(() => {
    if (moved.current) here.current?.focus();
    moved.current = false;
  }, [focused, month]);
  const key = (event: KeyboardEvent) => {
    const step = STEPS[event.key];
    if (step === undefined) return;
    event.preventDefault();
    moved.current = true;
    const at = new Date(`${focused}T00:00:00Z`);
    at.setUTCDate(at.getUTCDate() + step);
    onFocus(at.toISOString().slice(0, 10));
  };
  const weekday = new Intl.DateTimeFormat(language === "zh" ? "zh-CN" : "en-GB", {
    weekday: language === "zh" ? "narrow" : "short",
    timeZone: "UTC",
  });
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-to-interactive-role -- a table whose cells are pressed is a grid (ARIA APG)
    <table className="month-grid" role="grid" aria-label={label} onKeyDown={key}>
      <thead>
        <tr>
          {Array.from({ length: 7 }, (_, day) => (
            <th key={day} scope="col">
              {weekday.format(new Date(Date.UTC(2024, 0, 1 + day)))}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {weeksOf(month).map((week, row) => (
          <tr key={row}>
            {week.map((date, column) => (
              <td key={column} role="gridcell" aria-selected={date !== null && date === chosen}>
                {date && (
                  <button
                    type="button"
                    ref={date === focused ? here : undefined}
                    tabIndex={date === focused ? 0 : -1}
                    className={date === chosen ? "chosen" : ""}
                    aria-label={nameOf(date)}
                    onClick={() => onChoose(date)}
                  >
                    <span>{Number(date.slice(8))}</span>
                    {children?.(date)}
                  </button>
                )}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
