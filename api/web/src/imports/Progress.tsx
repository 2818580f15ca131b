import { useTranslation } from "react-i18next";
import { Button } from "../ui/Button";
import type { Far } from "./follow";

/** Progress says which stage the work is in and how far; a stage that cannot be counted only moves. */
export function Progress({ far, onCancel }: { far: Far; onCancel?: () => void }) {
  const { t } = useTranslation();
  const { stage, done = 0, total = 0, waiting } = far;
  const part = total > 0 ? Math.floor((100 * done) / total) : null;
  const word = waiting ?? t(`imports.stage.${stage ?? "sending"}`);
  return (
    <div className="import-progress" role="status">
      <p>
        <span>{word}</span>
        {part !== null && <span>{stage === "reading" ? `${part}%` : `${done} / ${total}`}</span>}
      </p>
      <progress {...(part !== null && { value: done, max: total })} aria-label={word} />
      {onCancel && (
        <Button small onClick={onCancel}>
          {t("cancel")}
        </Button>
      )}
    </div>
  );
}
