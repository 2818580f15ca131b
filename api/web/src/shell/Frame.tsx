import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link, navigate, usePath } from "raviger";
import { changeLanguage } from "../i18n";
import { AccountMenu } from "./AccountMenu";
import { Boundary } from "./Boundary";
import { type Me, manages, oversees, punches, type Seat } from "./seat";
import { useOpenRequests } from "./useOpenRequests";

interface Props {
  me: Me | null;
  seats: Seat[];
  children: ReactNode;
}

/** Frame is the bar with the organization, the language and the account; on a phone the ways are below. */
export function Frame({ me, seats, children }: Props) {
  const { t, i18n } = useTranslation();
  const at = usePath() ?? "/";
  const seat = seats.find((s) => at.startsWith(`/o/${s.org}`)) ?? null;
  const other = i18n.language === "zh" ? "en" : "zh";
  return (
    <div className={seat ? "frame with-ways" : "frame"}>
      <a className="skip" href="#main">
        {t("skip")}
      </a>
      <header className="bar">
        <Link href="/" className="mark" aria-label={t("brand")}>
          <img src="/daka.svg" alt="" />
          <span>{t("brand")}</span>
        </Link>
        <div className="grow">{me && seats.length > 0 && <Switcher me={me} seats={seats} seat={seat} />}</div>
        {seat && <Ways seat={seat} />}
        <button type="button" className="inline" lang={other === "zh" ? "zh-CN" : "en"} onClick={() => void changeLanguage(other)}>
          {t("language")}
        </button>
        {me && <AccountMenu me={me} />}
      </header>
      <div id="main" tabIndex={-1}>
        <Boundary at={at}>{children}</Boundary>
      </div>
    </div>
  );
}

const MORE = "more";

function Switcher({ me, seats, seat }: { me: Me; seats: Seat[]; seat: Seat | null }) {
  const { t } = useTranslation();
  return (
    <select
      className="switch"
      aria-label={t("organization")}
      value={seat?.org ?? ""}
      onChange={(e) => navigate(e.target.value === MORE ? "/start" : `/o/${e.target.value}`)}
    >
      {!seat && (
        <option value="" disabled>
          {t("organization.choose")}
        </option>
      )}
      {seats.map((s) => (
        <option key={s.org} value={s.org}>
          {s.name}
        </option>
      ))}
      {me.kind === "account" && <option value={MORE}>{t("organization.more")}</option>}
    </select>
  );
}

function Ways({ seat }: { seat: Seat }) {
  const { t } = useTranslation();
  const base = `/o/${seat.org}`;
  const open = useOpenRequests(seat);
  return (
    <nav className="ways" aria-label={t("ways")}>
      {punches(seat) && <Way to={base} label={t("way.home")} />}
      {punches(seat) && <Way to={`${base}/records`} label={t("way.records")} />}
      {oversees(seat) && <Way to={`${base}/day`} label={t("way.day")} />}
      {oversees(seat) && <Way to={`${base}/month`} label={t("way.month")} />}
      {manages(seat) && <Way to={`${base}/manage`} label={t("way.manage")} under count={open.requests + open.members} />}
    </nav>
  );
}

function Way({ to, label, under, count = 0 }: { to: string; label: string; under?: boolean; count?: number }) {
  const at = usePath() ?? "/";
  const here = under ? at.startsWith(to) : at === to;
  return (
    <Link href={to} className={here ? "here" : ""} aria-current={here ? "page" : undefined}>
      {label}
      {count > 0 && <b className="count">{count}</b>}
    </Link>
  );
}
