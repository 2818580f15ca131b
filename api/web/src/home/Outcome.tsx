import { useTranslation } from "react-i18next";
import { clock } from "../dashboard/time";
import { Button } from "../ui/Button";
import { FailureNotice, Notice } from "../ui/Notice";
import type { PunchState } from "./usePunch";

interface Props {
  state: PunchState;
  zone: string;
  again: () => void;
}

/** Outcome says what became of the punch, and never more than is known. */
export function Outcome({ state, zone, again }: Props) {
  const { t } = useTranslation();
  switch (state.kind) {
    case "ready":
      return null;
    case "sending":
      return <Notice tone="info">{t("punch.sending", { time: clock(state.at, zone) })}</Notice>;
    case "unknown":
      return (
        <Notice tone="warn">
          <strong>{t("punch.unknown", { time: clock(state.at, zone) })}</strong>
          <p>{t("punch.unknown.help")}</p>
          <Button small onClick={again}>
            {t("punch.again")}
          </Button>
        </Notice>
      );
    case "refused":
      return <FailureNotice error={state.failure} />;
    case "saved":
      return (
        <Notice tone="good">
          <strong>{t("punch.saved", { time: clock(state.saved.at, zone) })}</strong>
          <p className="receipt">
            {t("punch.receipt")} <code>{state.saved.receipt.id.slice(0, 8)}</code>
          </p>
        </Notice>
      );
  }
}
