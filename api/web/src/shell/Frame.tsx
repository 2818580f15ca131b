import { Button, Select } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { changeLanguage } from "../i18n";

export interface Choice {
  id: string;
  name: string;
}

interface Props {
  organizations: Choice[];
  chosen: string | null;
  onChoose: (id: string) => void;
  onSignOut: (() => void) | null;
  children: ReactNode;
}

/** Frame is the bar with the organization, the language and the way out. */
export function Frame({ organizations, chosen, onChoose, onSignOut, children }: Props) {
  const { t, i18n } = useTranslation();
  const other = i18n.language === "zh" ? "en" : "zh";
  return (
    <>
      <header className="bar">
        <div className="mark">
          <img src="/daka.svg" alt="daka" />
          <span>{t("brand")}</span>
        </div>
        <div className="grow">
          {organizations.length > 0 && (
            <Select
              aria-label={t("organization")}
              value={chosen ?? undefined}
              onChange={onChoose}
              showSearch={{ optionFilterProp: "label" }}
              options={organizations.map((o) => ({ value: o.id, label: o.name }))}
              style={{ width: "min(320px, 100%)" }}
            />
          )}
        </div>
        <Button type="text" onClick={() => void changeLanguage(other)}>{t("language")}</Button>
        {onSignOut && <Button type="text" onClick={onSignOut}>{t("signout")}</Button>}
      </header>
      {children}
    </>
  );
}
