import { useTranslation } from "react-i18next";
import { Link } from "raviger";
import { Failure } from "../api/client";
import { Button } from "../ui/Button";

/** Trouble says what went wrong in the server's own words, and offers another try. */
export function Trouble({ error, retry }: { error: unknown; retry: () => void }) {
  const { t } = useTranslation();
  const text = error instanceof Failure && error.message ? error.message : t("error.network");
  return (
    <div className="center">
      <div className="card door" role="alert">
        <h1>{t("error.title")}</h1>
        <p>{text}</p>
        <Button tone="primary" onClick={retry}>
          {t("error.retry")}
        </Button>
      </div>
    </div>
  );
}

/** NoOrganization says how the first one is made. */
export function NoOrganization() {
  const { t } = useTranslation();
  return (
    <div className="center">
      <div className="card door">
        <h1>{t("empty.org.title")}</h1>
        <p>{t("empty.org.help")}</p>
        <code className="block">daka org create "Acme" --rule rule.json</code>
      </div>
    </div>
  );
}

/** DeviceHome says what an account of a device is for; there is no day to show. */
export function DeviceHome() {
  const { t } = useTranslation();
  return (
    <main className="center">
      <div className="card door">
        <h1>{t("device.title")}</h1>
        <p>{t("device.help")}</p>
        <p>
          {t("device.how")} <a href="/docs">/docs</a>
        </p>
      </div>
    </main>
  );
}

/** Lost is the answer to an address that leads nowhere, or to a room that is not one's own. */
export function Lost() {
  const { t } = useTranslation();
  return (
    <div className="center">
      <div className="card door">
        <h1>{t("lost.title")}</h1>
        <p>{t("lost.help")}</p>
        <Link href="/" className="btn primary">
          {t("lost.home")}
        </Link>
      </div>
    </div>
  );
}
