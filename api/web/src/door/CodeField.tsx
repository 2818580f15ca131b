import { useMutation } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Contact, type Purpose, sendCode } from "../api/account";
import { Failure } from "../api/client";
import { TextField } from "../ui/Field";
import { FailureNotice, Notice } from "../ui/Notice";

interface Props {
  to: Contact | null;
  purpose: Purpose;
  value: string;
  problem?: string | undefined;
  onText: (code: string) => void;
  /** onMissing is called when there is no contact yet to send to. */
  onMissing: () => void;
}

/** CodeField takes the six digits, and sends them first. */
export function CodeField({ to, purpose, value, problem, onText, onMissing }: Props) {
  const { t } = useTranslation();
  const [left, setLeft] = useCountdown();
  const send = useMutation({
    mutationFn: (contact: Contact) => sendCode(contact, purpose),
    onSuccess: (sent) => setLeft(sent.resend_after_s),
    onError: (error) => {
      if (error instanceof Failure && error.retryAfter > 0) setLeft(Math.min(error.retryAfter, 3600));
    },
  });
  const label = left > 0 ? t("code.again", { n: left }) : t(send.isSuccess ? "code.resend" : "code.send");
  return (
    <>
      <TextField
        label={t("code")}
        value={value}
        problem={problem}
        onText={(text) => onText(text.replace(/\D/g, "").slice(0, 6))}
        inputMode="numeric"
        autoComplete="one-time-code"
        placeholder={t("code.hint")}
        trailing={
          <button
            type="button"
            className="inline"
            disabled={left > 0 || send.isPending}
            onClick={() => (to ? send.mutate(to) : onMissing())}
          >
            {label}
          </button>
        }
      />
      {send.isSuccess && <Notice tone={send.data.delayed ? "warn" : "info"}>{send.data.text}</Notice>}
      <FailureNotice error={send.error} />
    </>
  );
}

function useCountdown(): [number, (seconds: number) => void] {
  const [until, setUntil] = useState(0);
  const [now, setNow] = useState(() => Date.now());
  const running = until > now;
  useEffect(() => {
    if (!running) return;
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, [running]);
  return [
    Math.max(0, Math.ceil((until - now) / 1000)),
    (seconds) => {
      setNow(Date.now());
      setUntil(Date.now() + seconds * 1000);
    },
  ];
}
