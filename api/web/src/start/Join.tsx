import { useMutation, useQuery } from "@tanstack/react-query";
import { type SubmitEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useQueryParams } from "raviger";
import { answer, api, type Schema } from "../api/client";
import { Button } from "../ui/Button";
import { TextField } from "../ui/Field";
import { FailureNotice, Notice } from "../ui/Notice";
import { Ask, type Target } from "./Ask";
import { codeOf } from "./code";
import { Find } from "./Find";

/** Join asks to become a member: by a code or a link, or by finding the organization. */
export function Join({ code }: { code: string }) {
  const { t } = useTranslation();
  const [{ org: wanted = null }] = useQueryParams<{ org?: string }>();
  const again = useQuery({
    queryKey: ["own-requests"],
    enabled: wanted !== null,
    queryFn: () => answer(api.GET("/api/v1/join-requests")),
  });
  const before = again.data?.items?.find((r) => r.org === wanted);
  const [target, setTarget] = useState<Target | null>(null);
  const chosen = target ?? (before ? { org: before.org, name: before.org_name } : null);
  return (
    <main className="page narrow">
      <p className="back">
        <Link href="/start">‹ {t("back")}</Link>
      </p>
      {chosen ? (
        <Ask target={chosen} onOther={() => setTarget(null)} />
      ) : (
        <>
          <ByCode code={code} onTarget={setTarget} />
          {code === "" && <Find onTarget={setTarget} />}
        </>
      )}
    </main>
  );
}

const targetOf = (code: string, { org, approval, activation, department }: Schema["Invited"]): Target => ({
  code,
  org: org.id,
  name: org.name,
  approval,
  activation,
  department,
});

/** ByCode looks an invitation up, so that the person sees whose it is before asking. */
function ByCode({ code, onTarget }: { code: string; onTarget: (target: Target) => void }) {
  const { t } = useTranslation();
  const [text, setText] = useState(code);
  const look = useMutation({
    mutationFn: (wanted: string) => answer(api.GET("/api/v1/invitations/{code}", { params: { path: { code: wanted } } })),
    onSuccess: (invitation, wanted) => {
      if (invitation.state === "open") onTarget(targetOf(wanted, invitation));
    },
  });
  function submit(event: SubmitEvent) {
    event.preventDefault();
    const wanted = codeOf(text);
    if (wanted) look.mutate(wanted);
  }
  return (
    <section className="card">
      <h1>{t("join.title")}</h1>
      <form noValidate onSubmit={submit}>
        <TextField
          label={t("join.code")}
          value={text}
          onText={setText}
          help={t("join.code.help")}
          autoCapitalize="characters"
          autoComplete="off"
          spellCheck={false}
          placeholder="ABCDE-FGH12"
        />
        <FailureNotice error={look.error} />
        {look.data && look.data.state !== "open" && (
          <Notice tone="warn">{t(`join.${look.data.state}`, { name: look.data.org.name })}</Notice>
        )}
        <Button tone="primary" block type="submit" busy={look.isPending}>
          {t("join.look")}
        </Button>
      </form>
    </section>
  );
}
