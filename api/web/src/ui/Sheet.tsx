import { type ReactNode, useEffect, useId, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { onWritten } from "../lib/written";
import { Button } from "./Button";

interface Props {
  title: string;
  onClose: () => void;
  /** firm keeps the sheet open when somebody presses beside it. */
  firm?: boolean;
  children: ReactNode;
}

/**
 * Sheet is a dialog over the page, from below on a phone; the browser keeps the focus inside. Escape, the cross and a press beside it shut
 * it, but ask first while something is filled in that no command has taken yet.
 */
export function Sheet({ title, onClose, firm, children }: Props) {
  const { t } = useTranslation();
  const box = useRef<HTMLDialogElement>(null);
  const id = useId();
  const filled = useFilled();
  const [asking, setAsking] = useState(false);
  useEffect(() => {
    const dialog = box.current;
    if (dialog && !dialog.open) dialog.showModal();
    return () => dialog?.close();
  }, []);
  const attempt = () => {
    if (filled.current) setAsking(true);
    else onClose();
  };
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- by keyboard, Escape shuts it (onCancel)
    <dialog
      ref={box}
      className="sheet"
      aria-labelledby={id}
      onInput={() => {
        filled.current = true;
      }}
      onCancel={(e) => {
        if (e.target !== box.current) return; // a file was not chosen
        e.preventDefault();
        attempt();
      }}
      onMouseDown={(e) => {
        if (!firm && e.target === box.current) attempt();
      }}
    >
      <div className="sheet-in">
        <header>
          <h2 id={id}>{title}</h2>
          <button type="button" className="inline" aria-label={t("close")} onClick={attempt}>
            ✕
          </button>
        </header>
        {asking && <Unsaved onStay={() => setAsking(false)} onLeave={onClose} />}
        {children}
      </div>
    </dialog>
  );
}

function Unsaved({ onStay, onLeave }: { onStay: () => void; onLeave: () => void }) {
  const { t } = useTranslation();
  const stay = useRef<HTMLDivElement>(null);
  useEffect(() => stay.current?.querySelector("button")?.focus(), []);
  return (
    <div className="notice warn unsaved" role="alert" ref={stay}>
      <strong>{t("unsaved")}</strong>
      <div className="actions">
        <Button small tone="primary" onClick={onStay}>
          {t("unsaved.stay")}
        </Button>
        <Button small tone="danger" onClick={onLeave}>
          {t("unsaved.leave")}
        </Button>
      </div>
    </div>
  );
}

/** useFilled says whether something is filled in that would be lost; the browser asks as well when the page itself is left. */
function useFilled() {
  const filled = useRef(false);
  useEffect(() => {
    const stop = onWritten(() => {
      filled.current = false;
    });
    const ask = (event: BeforeUnloadEvent) => {
      if (filled.current) event.preventDefault();
    };
    window.addEventListener("beforeunload", ask);
    return () => {
      stop();
      window.removeEventListener("beforeunload", ask);
    };
  }, []);
  return filled;
}
