import { useTranslation } from "react-i18next";
import { clock } from "../dashboard/time";
import { lacks, type Press } from "../queue/press";
import { type Kept, usePresses } from "../queue/QueueProvider";
import { Button } from "../ui/Button";
import { Notice } from "../ui/Notice";

interface Props {
  kept: Kept;
  org: string;
  zone: string;
}

/** PressList says what became of each press, oldest first, and never more than is known. */
export function PressList({ kept, org, zone }: Props) {
  const { t } = useTranslation();
  const presses = usePresses(kept).filter((press) => press.org === org);
  const stuck = presses.some((press) => press.state === "waiting" && press.tries > 0);
  if (presses.length === 0) return null;
  return (
    <ol className="presses" aria-label={t("presses")} aria-live="polite">
      {presses.map((press) => (
        <li key={press.id}>
          <Line kept={kept} press={press} zone={zone} behind={stuck} />
        </li>
      ))}
    </ol>
  );
}

interface LineProps {
  kept: Kept;
  press: Press;
  zone: string;
  /** behind says that an earlier press has no answer, and this one waits for it. */
  behind: boolean;
}

function Line({ kept, press, zone, behind }: LineProps) {
  const { t } = useTranslation();
  const time = clock(press.at, zone);
  const dismiss = (
    <Button small onClick={() => void kept.queue.dismiss(press.id)}>
      {t("presses.dismiss")}
    </Button>
  );
  const without = lacks(press).map((word) => (
    <p key={word} className="note">
      {t(word)}
    </p>
  ));
  switch (press.state) {
    case "waiting":
      return <Waiting kept={kept} press={press} time={time} behind={behind} />;
    case "refused":
      return (
        <Notice tone="bad">
          <strong>{t("punch.refused", { time })}</strong>
          <p>{press.problem?.text || t("error.server")}</p>
          {dismiss}
        </Notice>
      );
    case "saved":
      return (
        <Notice tone="good">
          <strong>{t("punch.saved", { time })}</strong>
          <p className="receipt">
            {t("punch.receipt")} <code>{press.receipt?.id.slice(0, 8)}</code>
          </p>
          {without}
          {dismiss}
        </Notice>
      );
  }
}

function Waiting({ kept, press, time, behind }: Omit<LineProps, "zone"> & { time: string }) {
  const { t } = useTranslation();
  const { queue } = kept;
  if (queue.isLocating(press.id)) {
    return (
      <Notice tone="info">
        <strong>{t("punch.kept", { time })}</strong>
        <p>
          {t("punch.locating")}{" "}
          <Button small onClick={() => queue.skip(press.id)}>
            {t("punch.locating.skip")}
          </Button>
        </p>
      </Notice>
    );
  }
  if (press.tries === 0 && behind)
    return (
      <Notice tone="warn">
        <strong>{t("punch.behind", { time })}</strong>
      </Notice>
    );
  if (press.tries === 0) return <Notice tone="info">{t(press.photo ? "punch.uploading" : "punch.sending", { time })}</Notice>;
  return (
    <Notice tone="warn">
      <strong>{t("punch.unknown", { time })}</strong>
      <p>{t("punch.unknown.help")}</p>
      <Button small onClick={() => void queue.run()}>
        {t("punch.again")}
      </Button>
    </Notice>
  );
}
