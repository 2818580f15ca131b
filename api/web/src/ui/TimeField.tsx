import { useEffect, useState } from "react";
import { clockOf } from "../lib/calendar";
import { TextField } from "./Field";

interface Props {
  label: string;
  /** value is HH:MM, or empty. */
  value: string;
  problem?: string | undefined;
  help?: string;
  /** most is the first hour that is too late: 24, or more where a shift ends on a later date. */
  most?: number;
  onTime: (time: string) => void;
}

/** TimeField takes a time of 24 hours as people type it (9, 0930, 9:30), whatever the browser's language. */
export function TimeField({ label, value, problem, help, most = 24, onTime }: Props) {
  const [typed, setTyped] = useState(value);
  useEffect(() => setTyped((before) => (clockOf(before, most) === value ? before : value)), [value, most]);
  return (
    <TextField
      label={label}
      value={typed}
      problem={problem}
      help={help}
      inputMode="numeric"
      autoComplete="off"
      placeholder="09:00"
      maxLength={5}
      onText={(text) => {
        setTyped(text);
        onTime(text.trim() === "" ? "" : clockOf(text, most) || text);
      }}
      onBlur={() => setTyped((before) => clockOf(before, most) || before)}
    />
  );
}
