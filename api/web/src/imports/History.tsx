import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api, type Schema } from "../api/client";
import { useCommand } from "../api/command";
import { after, remember } from "../api/position";
import { Button } from "../ui/Button";
import { Empty } from "../ui/Empty";
import { AreaField } from "../ui/Field";
import { Loading } from "../ui/Loading";
import { FailureNotice, Notice } from "../ui/Notice";
import { Sheet } from "../ui/Sheet";
import { follow, type Far, type Reverted } from "./follow";
import { Progress } from "./Progress";

type Import = Schema["Import"];

/** History lists the imports, the newest first, and takes one back or reviews its punches in doubt. */
export function History({ org }: { org: string }) {
  const { t } = useTranslation();
  const [chosen, choose] = useState<{ imp: Import; verb: "revert" | "review" } | null>(null);
  const list = useQuery({
    queryKey: ["imports", org],
    queryFn: () => answer(api.GET("/api/v1/orgs/{org}/imports", { params: { path: { org }, query: { ...after(org), limit: 50 } } })),
  });
  if (list.isPending) return <Loading />;
  const items = list.data?.items ?? [];
  return (
    <section className="card" aria-labelledby="imports-before">
      <h2 id="imports-before">{t("imports.before")}</h2>
      <FailureNotice error={list.error} />
      {list.isSuccess && items.length === 0 && <Empty title={t("imports.none")}>{t("imports.none.help")}</Empty>}
      <ul className="rows">
        {items.map((imp) => (
          <Row key={imp.id} imp={imp} onChoose={(verb) => choose({ imp, verb })} />
        ))}
      </ul>
      {chosen?.verb === "revert" && <Revert org={org} imp={chosen.imp} onClose={() => choose(null)} />}
      {chosen?.verb === "review" && <ReviewAll org={org} imp={chosen.imp} onClose={() => choose(null)} />}
    </section>
  );
}

const finishedOf = (imp: Import) => imp.finished as Schema["ImportFinished"] | null;

function useWhen() {
  const { i18n } = useTranslation();
  const format = new Intl.DateTimeFormat(i18n.language === "zh" ? "zh-CN" : "en-GB", { dateStyle: "medium", timeStyle: "short" });
  return (at: string) => format.format(new Date(at));
}

function Row({ imp, onChoose }: { imp: Import; onChoose: (verb: "revert" | "review") => void }) {
  const { t } = useTranslation();
  const when = useWhen();
  const done = finishedOf(imp);
  const doubted = done?.doubted ?? 0;
  return (
    <li>
      <div className="who">
        <strong>{when(imp.started_at)}</strong>
        {done && (
          <p className="note">
            {t("imports.row", { punches: done.punches, known: done.known, refused: done.refused, members: done.members_created })}
            {doubted > 0 && ` · ${t("imports.row.doubted", { count: doubted })}`}
          </p>
        )}
        {!done && <p className="note">{t("imports.row.running")}</p>}
      </div>
      {imp.state === "finished" && doubted > 0 && (
        <Button small onClick={() => onChoose("review")}>
          {t("imports.review")}
        </Button>
      )}
      {imp.state === "finished" ? (
        <Button small tone="danger" onClick={() => onChoose("revert")}>
          {t("imports.revert")}
        </Button>
      ) : (
        <span className="pill calm">{t(`imports.state.${imp.state}`)}</span>
      )}
    </li>
  );
}

interface SheetProps {
  org: string;
  imp: Import;
  onClose: () => void;
}

/** Revert takes an import back, and then lists what stays and why. */
function Revert({ org, imp, onClose }: SheetProps) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const when = useWhen();
  const [far, setFar] = useState<Far | null>(null);
  const revert = useCommand(async (id: string, key) => {
    setFar({ stage: "punches" });
    try {
      const line = await follow({ url: `/api/v1/orgs/${encodeURIComponent(org)}/imports/${id}/revert`, body: "{}", key, onFar: setFar });
      if (line.reverted) remember(org, line.reverted);
      return line.reverted;
    } finally {
      setFar(null);
    }
  });
  function close() {
    for (const key of ["imports", "members", "setup"]) void queries.invalidateQueries({ queryKey: [key, org] });
    onClose();
  }
  return (
    <Sheet title={t("imports.revert.title", { when: when(imp.started_at) })} onClose={close} firm>
      <div className="stack">
        <p className="note">{t("imports.revert.help")}</p>
        {far && <Progress far={far} />}
        <FailureNotice error={revert.error} />
        {revert.data ? (
          <>
            <Kept reverted={revert.data} />
            <Button tone="primary" block onClick={close}>
              {t("done")}
            </Button>
          </>
        ) : (
          <Button tone="danger" block busy={revert.isPending} onClick={() => revert.mutate(imp.id)}>
            {t("imports.revert.go")}
          </Button>
        )}
      </div>
    </Sheet>
  );
}

function Kept({ reverted }: { reverted: Reverted }) {
  const { t } = useTranslation();
  const kept = reverted.kept ?? [];
  return (
    <>
      <Notice tone="good">
        {t("imports.reverted", { punches: reverted.punches, members: reverted.members ?? 0, joined: reverted.joined ?? 0 })}
      </Notice>
      {kept.length > 0 && (
        <section aria-labelledby="import-kept">
          <h3 id="import-kept">{t("imports.kept")}</h3>
          <ul className="rows lines">
            {kept.map((one) => (
              <li key={`${one.member} ${one.what}`}>
                <strong>{one.number}</strong>
                <span className="who">
                  {t(`imports.kept.${one.what}`)} · {t(`imports.why.${one.reason}`)}
                </span>
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}

interface Verdict {
  id: string;
  review: "approved" | "rejected";
  reason: string;
}

/** ReviewAll says at once what becomes of all punches in doubt that nobody has looked at. */
function ReviewAll({ org, imp, onClose }: SheetProps) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [reason, setReason] = useState("");
  const [far, setFar] = useState<Far | null>(null);
  const review = useCommand(async ({ id, ...body }: Verdict, key) => {
    setFar({ stage: "punches" });
    try {
      const url = `/api/v1/orgs/${encodeURIComponent(org)}/imports/${id}/review`;
      return (await follow({ url, body: JSON.stringify(body), key, onFar: setFar })).reviewed;
    } finally {
      setFar(null);
    }
  });
  function close() {
    for (const key of ["imports", "reviews"]) void queries.invalidateQueries({ queryKey: [key, org] });
    onClose();
  }
  const say = (verdict: "approved" | "rejected") => review.mutate({ id: imp.id, review: verdict, reason: reason.trim() });
  return (
    <Sheet title={t("imports.review.title", { count: finishedOf(imp)?.doubted ?? 0 })} onClose={close} firm>
      <div className="stack">
        <p className="note">{t("imports.review.help")}</p>
        {far && <Progress far={far} />}
        <FailureNotice error={review.error} />
        {review.data ? (
          <>
            <Notice tone="good">{t("imports.reviewed", { ...review.data })}</Notice>
            <Button tone="primary" block onClick={close}>
              {t("done")}
            </Button>
          </>
        ) : (
          <>
            <AreaField label={t("imports.reason")} value={reason} onText={setReason} />
            <div className="actions">
              <Button tone="primary" busy={review.isPending} onClick={() => say("approved")}>
                {t("imports.approve")}
              </Button>
              <Button tone="danger" busy={review.isPending} onClick={() => say("rejected")}>
                {t("imports.reject")}
              </Button>
            </div>
          </>
        )}
      </div>
    </Sheet>
  );
}
