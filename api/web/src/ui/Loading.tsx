import { useTranslation } from "react-i18next";

/** Loading is shown while something is on its way. */
export function Loading() {
  const { t } = useTranslation();
  return (
    <div className="center" role="status">
      <span className="spin large" aria-hidden="true" />
      <span className="hidden">{t("loading")}</span>
    </div>
  );
}
