import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "raviger";
import { answer, api, type Schema } from "../api/client";
import { useCommand } from "../api/command";
import { Button } from "../ui/Button";
import { FailureNotice } from "../ui/Notice";

const LOOK_AGAIN_MS = 3_000;

/** OwnRequests shows what one asked for; it looks again by itself while something waits. */
export function OwnRequests() {
  const { t } = useTranslation();
  const own = useOwnRequests();
  if (own.isError) return <FailureNotice error={own.error} />;
  const items = own.data?.items ?? [];
  if (items.length === 0) return null;
  return (
    <section className="card" aria-labelledby="own-requests">
      <h2 id="own-requests">{t("waiting.title")}</h2>
      <ul className="rows" aria-live="polite">
        {items.map((request) => (
          <Row key={request.id} request={request} />
        ))}
      </ul>
    </section>
  );
}

function useOwnRequests() {
  const queries = useQueryClient();
  const own = useQuery({
    queryKey: ["own-requests"],
    queryFn: () => answer(api.GET("/api/v1/join-requests")),
    refetchInterval: ({ state }) => ((state.data?.items ?? []).some((r) => r.state === "pending") ? LOOK_AGAIN_MS : false),
  });
  const approved = (own.data?.items ?? []).filter((r) => r.state === "approved").length;
  useEffect(() => {
    if (approved > 0) void queries.invalidateQueries({ queryKey: ["me"] });
  }, [approved, queries]);
  return own;
}

const TONES: Record<string, string> = { pending: "info", approved: "good", rejected: "bad" };

function Row({ request }: { request: Schema["OwnJoinRequest"] }) {
  const { t } = useTranslation();
  return (
    <li>
      <div className="who">
        <strong>{request.org_name}</strong>
        {request.state === "pending" && <p className="note">{t("waiting.help")}</p>}
        {request.state === "rejected" && (
          <p className="note">{request.reason ? t("waiting.reason", { reason: request.reason }) : t("waiting.noreason")}</p>
        )}
      </div>
      <span className={`pill ${TONES[request.state] ?? ""}`}>{t(`waiting.${request.state}`)}</span>
      {request.state === "pending" && <Withdraw request={request.id} />}
      {(request.state === "rejected" || request.state === "withdrawn") && (
        <Link href={`/start/join?org=${request.org}`} className="btn small">
          {t("waiting.again")}
        </Link>
      )}
      {request.state === "approved" && (
        <Link href={`/o/${request.org}`} className="btn small primary">
          {t("waiting.enter")}
        </Link>
      )}
    </li>
  );
}

/** Withdraw takes a request that waits back, after a second press. */
function Withdraw({ request }: { request: string }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [sure, setSure] = useState(false);
  const withdraw = useCommand(
    (id: string, key) =>
      answer(api.DELETE("/api/v1/join-requests/{request}", { params: { path: { request: id }, header: { "Idempotency-Key": key } } })),
    () => queries.invalidateQueries({ queryKey: ["own-requests"] }),
  );
  if (!sure)
    return (
      <Button small onClick={() => setSure(true)}>
        {t("waiting.withdraw")}
      </Button>
    );
  return (
    <div className="inset leaving">
      <p className="note">{t("waiting.withdraw.help")}</p>
      <FailureNotice error={withdraw.error} />
      <div className="actions">
        <Button small tone="danger" busy={withdraw.isPending} onClick={() => withdraw.mutate(request)}>
          {t("waiting.withdraw.sure")}
        </Button>
        <Button small tone="text" onClick={() => setSure(false)}>
          {t("cancel")}
        </Button>
      </div>
    </div>
  );
}
