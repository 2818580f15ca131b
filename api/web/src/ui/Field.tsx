import { type InputHTMLAttributes, type ReactNode, type SelectHTMLAttributes, type TextareaHTMLAttributes, useId } from "react";

interface Frame {
  label: string;
  help?: ReactNode;
  problem?: string | undefined;
}

function useFrame({ help, problem }: Frame) {
  const id = useId();
  const described = [problem ? `${id}-problem` : "", help ? `${id}-help` : ""].filter(Boolean).join(" ");
  return { id, aria: { id, "aria-invalid": problem ? (true as const) : undefined, "aria-describedby": described || undefined } };
}

function Around({ id, label, help, problem, children }: Frame & { id: string; children: ReactNode }) {
  return (
    <div className={`field ${problem ? "wrong" : ""}`}>
      <label htmlFor={id}>{label}</label>
      {children}
      {problem && (
        <p className="problem" id={`${id}-problem`}>
          {problem}
        </p>
      )}
      {help && (
        <p className="help" id={`${id}-help`}>
          {help}
        </p>
      )}
    </div>
  );
}

type Text = Frame & Omit<InputHTMLAttributes<HTMLInputElement>, "onChange"> & { onText: (text: string) => void; trailing?: ReactNode };

/** TextField is a labelled line of text; its problem and help are read out with it. */
export function TextField({ label, help, problem, onText, trailing, ...rest }: Text) {
  const { id, aria } = useFrame({ label, help, problem });
  return (
    <Around id={id} label={label} help={help} problem={problem}>
      <div className="line">
        <input type="text" {...rest} {...aria} onChange={(e) => onText(e.target.value)} />
        {trailing}
      </div>
    </Around>
  );
}

type Choice = Frame &
  Omit<SelectHTMLAttributes<HTMLSelectElement>, "onChange"> & {
    options: { value: string; label: string }[];
    onText: (value: string) => void;
  };

/** ChoiceField is a labelled native list, which every phone draws in its own way. */
export function ChoiceField({ label, help, problem, options, onText, ...rest }: Choice) {
  const { id, aria } = useFrame({ label, help, problem });
  return (
    <Around id={id} label={label} help={help} problem={problem}>
      <select {...rest} {...aria} onChange={(e) => onText(e.target.value)}>
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
    </Around>
  );
}

type Area = Frame & Omit<TextareaHTMLAttributes<HTMLTextAreaElement>, "onChange"> & { onText: (text: string) => void };

/** AreaField is a labelled text of several lines. */
export function AreaField({ label, help, problem, onText, ...rest }: Area) {
  const { id, aria } = useFrame({ label, help, problem });
  return (
    <Around id={id} label={label} help={help} problem={problem}>
      <textarea rows={3} {...rest} {...aria} onChange={(e) => onText(e.target.value)} />
    </Around>
  );
}

interface Check {
  label: ReactNode;
  checked: boolean;
  disabled?: boolean;
  onCheck: (checked: boolean) => void;
}

/** CheckField is a box with its words beside it. */
export function CheckField({ label, checked, disabled, onCheck }: Check) {
  return (
    <label className="check">
      <input type="checkbox" checked={checked} disabled={disabled} onChange={(e) => onCheck(e.target.checked)} />
      <span>{label}</span>
    </label>
  );
}
