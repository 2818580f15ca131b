import { useState } from "react";
import { useTranslation } from "react-i18next";
import { TextField } from "./Field";

interface Props {
  label: string;
  value: string;
  fresh?: boolean;
  problem?: string | undefined;
  help?: string;
  onText: (text: string) => void;
}

/** PasswordField can be read aloud to oneself: a button shows what was typed. */
export function PasswordField({ label, value, fresh, problem, help, onText }: Props) {
  const { t } = useTranslation();
  const [shown, setShown] = useState(false);
  return (
    <TextField
      label={label}
      value={value}
      problem={problem}
      help={help}
      onText={onText}
      maxLength={128}
      type={shown ? "text" : "password"}
      autoComplete={fresh ? "new-password" : "current-password"}
      autoCapitalize="none"
      spellCheck={false}
      trailing={
        <button type="button" className="inline" aria-pressed={shown} onClick={() => setShown(!shown)}>
          {t(shown ? "password.hide" : "password.show")}
        </button>
      }
    />
  );
}
