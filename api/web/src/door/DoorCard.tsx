import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

/** DoorCard is the frame of everything before signing in. */
export function DoorCard({ title, children }: { title: string; children: ReactNode }) {
  const { t } = useTranslation();
  return (
    <div className="door-wrap">
      <div className="greeting">
        <img src="/daka.svg" alt="" />
        <strong>{t("brand")}</strong>
        <span>{t("motto")}</span>
      </div>
      <section className="card door">
        <h1>{title}</h1>
        {children}
      </section>
    </div>
  );
}
