import { useEffect, useId, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { fullDate } from "../lib/calendar";
import { Button } from "./Button";
import { MonthGrid } from "./MonthGrid";

interface Props {
  label: string;
  /** labelled hides the label, which is then only read out. */
  quiet?: boolean;
  /** value is yyyy-mm-dd, or empty. */
  value: string;
  problem?: string | undefined;
  help?: string;
  onDate: (date: string) => void;
}

/** DateField shows a date in the page's language, and opens a month to choose another. */
export function DateField({ label, quiet, value, problem, help, onDate }: Props) {
  const { t, i18n } = useTranslation();
  const id = useId();
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const shut = () => {
    setOpen(false);
    box.current?.querySelector<HTMLButtonElement>(".date-button")?.focus();
  };
  useOutside(box, open, () => setOpen(false));
  return (
    // eslint-disable-next-line jsx-a11y/no-static-element-interactions -- Escape shuts the month that is open inside
    <div
      className={`field date-field ${problem ? "wrong" : ""}`}
      ref={box}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || !open) return;
        event.preventDefault();
        event.stopPropagation();
        shut();
      }}
    >
      <span className={quiet ? "hidden" : "label"} id={`${id}-label`}>
        {label}
      </span>
      <button
        type="button"
        className="btn date-button"
        id={id}
        aria-labelledby={`${id}-label ${id}`}
        aria-haspopup="dialog"
        aria-expanded={open}
        aria-describedby={problem ? `${id}-problem` : undefined}
        data-date={value}
        onClick={() => setOpen(!open)}
      >
        {value ? fullDate(value, i18n.language) : t("date.choose")}
      </button>
      {open && (
        <Picker
          value={value}
          onDate={(date) => {
            onDate(date);
            shut();
          }}
        />
      )}
      {problem && (
        <p className="problem" id={`${id}-problem`}>
          {problem}
        </p>
      )}
      {help && <p className="help">{help}</p>}
    </div>
  );
}

function Picker({ value, onDate }: { value: string; onDate: (date: string) => void }) {
  const { t, i18n } = useTranslation();
  const [focused, setFocused] = useState(value || new Date().toISOString().slice(0, 10));
  const month = focused.slice(0, 7);
  const name = new Intl.DateTimeFormat(i18n.language === "zh" ? "zh-CN" : "en-GB", {
    timeZone: "UTC",
    year: "numeric",
    month: "long",
  }).format(new Date(`${month}-01T00:00:00Z`));
  return (
    <div className="date-picker" role="dialog" aria-label={t("date.choose")}>
      <div className="date-head">
        <Button small aria-label={t("month.previous")} onClick={() => setFocused(inMonth(focused, -1))}>
          ‹
        </Button>
        <strong aria-live="polite">{name}</strong>
        <Button small aria-label={t("month.next")} onClick={() => setFocused(inMonth(focused, 1))}>
          ›
        </Button>
      </div>
      <MonthGrid
        grab
        month={month}
        language={i18n.language}
        label={name}
        chosen={value}
        focused={focused}
        onFocus={setFocused}
        onChoose={onDate}
        nameOf={(date) => fullDate(date, i18n.language)}
      />
    </div>
  );
}

/** inMonth moves a date by months, to the month's last date where there is no such day. */
function inMonth(date: string, by: number): string {
  const [year, month, day] = date.split("-").map(Number) as [number, number, number];
  const last = new Date(Date.UTC(year, month + by, 0)).getUTCDate();
  return new Date(Date.UTC(year, month - 1 + by, Math.min(day, last))).toISOString().slice(0, 10);
}

function useOutside(box: React.RefObject<HTMLElement | null>, open: boolean, shut: () => void) {
  useEffect(() => {
    if (!open) return;
    const outside = (event: Event) => {
      if (event.target instanceof Node && !box.current?.contains(event.target)) shut();
    };
    document.addEventListener("pointerdown", outside);
    return () => document.removeEventListener("pointerdown", outside);
  });
}
