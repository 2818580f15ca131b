import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api, type Schema } from "../api/client";
import { useCommand } from "../api/command";
import { Button } from "../ui/Button";
import { Empty } from "../ui/Empty";
import { Loading } from "../ui/Loading";
import { FailureNotice, Notice } from "../ui/Notice";
import { MakeToken } from "./MakeToken";
import { tagsOf } from "./scopes";
import { useMoment } from "./useMoment";

/** Tokens are keys for programs: each with its scopes, shown once, revoked at any time. */
export function Tokens({ org }: { org: string }) {
  const { t } = useTranslation();
  const [making, setMaking] = useState(false);
  const list = useQuery({
    queryKey: ["tokens", org],
    queryFn: () => answer(api.GET("/api/v1/orgs/{org}/tokens", { params: { path: { org } } })),
  });
  if (list.isPending) return <Loading />;
  const items = list.data?.items ?? [];
  return (
    <section className="card">
      <div className="filters">
        <h1>{t("tokens.title")}</h1>
        {list.isSuccess && (
          <Button small tone="primary" onClick={() => setMaking(true)}>
            {t("tokens.make")}
          </Button>
        )}
      </div>
      <p className="note">
        {t("tokens.lead")}{" "}
        <a href="/docs" target="_blank" rel="noreferrer">
          {t("tokens.docs")}
        </a>
      </p>
      <FailureNotice error={list.error} />
      {list.isSuccess && items.length === 0 && <Empty title={t("tokens.empty")}>{t("tokens.empty.help")}</Empty>}
      <ul className="rows">
        {items.map((token) => (
          <Row key={token.id} org={org} token={token} />
        ))}
      </ul>
      {making && <MakeToken org={org} scopes={list.data?.scopes ?? []} onClose={() => setMaking(false)} />}
    </section>
  );
}

function Row({ org, token }: { org: string; token: Schema["TokenView"] }) {
  const { t } = useTranslation();
  const moment = useMoment();
  const end = token.expires_at ? t("invitations.until", { when: moment(token.expires_at) }) : t("tokens.forever");
  return (
    <li>
      <div className="who">
        <strong>{token.name}</strong>
        <p className="note">{end}</p>
        {token.ending && (
          <Notice tone="bad">
            {t(token.state === "ended" ? "tokens.ended.help" : "tokens.ending", { number: token.number, when: token.ends_on })}
          </Notice>
        )}
        <p className="note">
          {tagsOf(token.scopes ?? [])
            .map(({ tag, ways }) => `${t(`tag.${tag}`, tag)} ${ways.map((way) => t(`tokens.${way}`)).join("/")}`)
            .join(" · ")}
        </p>
      </div>
      {token.ending && <TakeOver org={org} token={token} />}
      {token.state === "active" ? <Revoke org={org} token={token} /> : <span className="pill calm">{t(`tokens.${token.state}`)}</span>}
    </li>
  );
}

/** TakeOver lets a token act for the owner who presses it, before or after whoever issued it has left. */
function TakeOver({ org, token }: { org: string; token: Schema["TokenView"] }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const take = useCommand(
    (id: string, key) =>
      answer(
        api.POST("/api/v1/orgs/{org}/tokens/{token}/take-over", {
          params: { path: { org, token: id }, header: { "Idempotency-Key": key } },
        }),
      ),
    () => queries.invalidateQueries({ queryKey: ["tokens", org] }),
  );
  return (
    <div>
      <Button small tone="primary" busy={take.isPending} onClick={() => take.mutate(token.id)}>
        {t("tokens.take")}
      </Button>
      <FailureNotice error={take.error} />
    </div>
  );
}

/** Revoke ends a token after a second press, because programs stop at once. */
function Revoke({ org, token }: { org: string; token: Schema["TokenView"] }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [sure, setSure] = useState(false);
  const revoke = useCommand(
    (id: string, key) =>
      answer(api.DELETE("/api/v1/orgs/{org}/tokens/{token}", { params: { path: { org, token: id }, header: { "Idempotency-Key": key } } })),
    () => queries.invalidateQueries({ queryKey: ["tokens", org] }),
  );
  if (!sure)
    return (
      <Button small tone="danger" onClick={() => setSure(true)}>
        {t("invitations.revoke")}
      </Button>
    );
  return (
    <div className="inset leaving">
      <p className="note">{t("tokens.revoke.help")}</p>
      <FailureNotice error={revoke.error} />
      <div className="actions">
        <Button small tone="danger" busy={revoke.isPending} onClick={() => revoke.mutate(token.id)}>
          {t("tokens.revoke.sure")}
        </Button>
        <Button small tone="text" onClick={() => setSure(false)}>
          {t("cancel")}
        </Button>
      </div>
    </div>
  );
}
