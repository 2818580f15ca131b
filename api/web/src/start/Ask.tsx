import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { navigate } from "raviger";
import { answer, api, type Schema } from "../api/client";
import { useCommand } from "../api/command";
import { useForm } from "../door/useForm";
import { useMe } from "../shell/seat";
import { Button } from "../ui/Button";
import { AreaField, TextField } from "../ui/Field";
import { FailureNotice } from "../ui/Notice";

/** Target is the organization that is asked, by code or by id. */
export interface Target {
  org: string;
  name: string;
  code?: string;
  /** approval says that somebody has to agree; an invitation may already agree. */
  approval?: boolean;
  /** activation says that the person is known there already; no name is asked for. */
  activation?: boolean;
  department?: string;
}

type Body = Schema["JoinBody"];

/** Ask sends the join request with what helps the administrator to know the person. */
export function Ask({ target, onOther }: { target: Target; onOther: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const me = useMe();
  const form = useForm({ name: me.data?.name ?? "", number: "", message: "" }, {});
  const ask = useCommand(
    (body: Body, key) => answer(api.POST("/api/v1/join-requests", { params: { header: { "Idempotency-Key": key } }, body })),
    async (asked) => {
      await Promise.all([queries.invalidateQueries({ queryKey: ["own-requests"] }), queries.invalidateQueries({ queryKey: ["me"] })]);
      navigate(asked.state === "joined" ? `/o/${asked.org}` : "/start", { replace: true });
    },
  );
  const { name, number, message } = form.values;
  const direct = target.approval === false;
  function body(): Body {
    const by = target.code ? { code: target.code } : { org: target.org };
    return {
      ...by,
      ...(name.trim() && { name: name.trim() }),
      ...(number.trim() && { number: number.trim() }),
      ...(message.trim() && { message: message.trim() }),
    };
  }
  return (
    <section className="card">
      <h1>{t("ask.title", { name: target.name })}</h1>
      <p className="note">
        {t(target.activation ? "ask.activation" : direct ? "ask.direct" : "ask.lead")}
        {target.department && ` ${t("ask.department", { name: target.department })}`}
      </p>
      <form noValidate onSubmit={form.submit(() => ask.mutate(body()))}>
        {!target.activation && (
          <TextField label={t("ask.name")} value={name} onText={form.set("name")} autoComplete="name" maxLength={100} />
        )}
        {!target.activation && (
          <TextField
            label={t("ask.number")}
            value={number}
            onText={form.set("number")}
            help={t("ask.number.help")}
            autoComplete="off"
            maxLength={64}
          />
        )}
        {!direct && <AreaField label={t("ask.message")} value={message} onText={form.set("message")} maxLength={500} />}
        <FailureNotice error={ask.error} />
        <Button tone="primary" block type="submit" busy={ask.isPending}>
          {t(direct ? "ask.join" : "ask.submit")}
        </Button>
        <Button block tone="text" onClick={onOther}>
          {t("ask.other")}
        </Button>
      </form>
    </section>
  );
}
