import { useTranslation } from "react-i18next";
import { Link } from "raviger";
import { type Me, seatsOf } from "../shell/seat";
import { OwnRequests } from "./OwnRequests";

/** Start is for somebody without an organization, or who wants another: found one, or join one. */
export function Start({ me }: { me: Me }) {
  const { t } = useTranslation();
  const first = seatsOf(me).length === 0;
  return (
    <main className="page narrow">
      <div className="head">
        <h1>{t(first ? "start.hello" : "start.title", { name: me.name ?? "" })}</h1>
      </div>
      {/* Above the lead, whose length changes with an approval: the way in stays under the finger. */}
      <OwnRequests />
      <p className="lead">{t(first ? "start.none" : "start.more")}</p>
      <div className="choices">
        <Link href="/start/found" className="card choice">
          <strong>{t("found.title")}</strong>
          <span>{t("found.lead")}</span>
        </Link>
        <Link href="/start/join" className="card choice">
          <strong>{t("join.title")}</strong>
          <span>{t("join.lead")}</span>
        </Link>
      </div>
    </main>
  );
}
