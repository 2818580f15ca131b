import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "raviger";
import { answer, api, type Schema } from "../api/client";
import { useCommand } from "../api/command";
import type { Me } from "../shell/seat";
import { Button } from "../ui/Button";
import { FailureNotice } from "../ui/Notice";

/** Seats lists where one belongs, and lets one leave. */
export function Seats({ me }: { me: Me }) {
  const { t } = useTranslation();
  const all = me.memberships ?? [];
  return (
    <section className="card">
      <h2>{t("profile.seats")}</h2>
      <ul className="rows">
        {all.map((membership) => (
          <Row key={membership.org + membership.member} membership={membership} />
        ))}
      </ul>
      <p className="note">
        <Link href="/start">{t("account.start")}</Link> · <Link href="/me/sessions">{t("account.sessions")}</Link>
      </p>
    </section>
  );
}

function Row({ membership }: { membership: Schema["Membership"] }) {
  const { t } = useTranslation();
  const { org, org_name, number, position, roles, state } = membership;
  const active = state === "active";
  return (
    <li>
      <div className="who">
        <strong>{active ? <Link href={`/o/${org}`}>{org_name}</Link> : org_name}</strong>
        <p className="note">{[number, position, ...(roles ?? []).map((role) => t(`role.${role}`))].filter(Boolean).join(" · ")}</p>
      </div>
      {active ? <Leave org={org} name={org_name} /> : <span className="pill calm">{t(`membership.${state}`)}</span>}
    </li>
  );
}

/** Leave ends one's own membership, after a second press. */
function Leave({ org, name }: { org: string; name: string }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [sure, setSure] = useState(false);
  const leave = useCommand(
    (from: string, key) =>
      answer(
        api.DELETE("/api/v1/orgs/{org}/members/{member}", {
          params: { path: { org: from, member: "me" }, header: { "Idempotency-Key": key } },
          body: {},
        }),
      ),
    () => void queries.invalidateQueries({ queryKey: ["me"] }),
  );
  if (!sure)
    return (
      <Button small onClick={() => setSure(true)}>
        {t("leave")}
      </Button>
    );
  return (
    <div className="inset leaving">
      <p className="note">{t("leave.help", { name })}</p>
      <FailureNotice error={leave.error} />
      <div className="actions">
        <Button small tone="danger" busy={leave.isPending} onClick={() => leave.mutate(org)}>
          {t("leave.sure")}
        </Button>
        <Button small tone="text" onClick={() => setSure(false)}>
          {t("cancel")}
        </Button>
      </div>
    </div>
  );
}
