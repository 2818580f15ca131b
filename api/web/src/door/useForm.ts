import { type SubmitEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { firstWrong, type Wrong } from "./check";

type Checks<F> = { [K in keyof F]?: (value: F[K], all: F) => Wrong };

/** useForm keeps a form's values; problems are said after the first try and vanish while they are mended. */
export function useForm<F extends object>(start: F, checks: Checks<F>) {
  const { t } = useTranslation();
  const [values, setValues] = useState(start);
  const [tried, setTried] = useState(false);
  const wrong = (name: keyof F): Wrong => checks[name]?.(values[name], values);
  return {
    values,
    set: (name: keyof F) => (value: F[typeof name]) => setValues((before) => ({ ...before, [name]: value })),
    replace: setValues,
    problem: (name: keyof F): string | undefined => {
      const word = tried ? wrong(name) : undefined;
      return word && t(word);
    },
    /** touch shows what is wrong without sending. */
    touch: () => setTried(true),
    submit: (send: (values: F) => void) => (event: SubmitEvent<HTMLFormElement>) => {
      event.preventDefault();
      setTried(true);
      const names = Object.keys(checks) as (keyof F)[];
      if (names.some((name) => wrong(name))) firstWrong(event.currentTarget);
      else send(values);
    },
    reset: () => {
      setTried(false);
      setValues(start);
    },
  };
}
