import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { answer, api, type Schema } from "../api/client";
import { useCommand } from "../api/command";
import { checkFilled } from "../door/check";
import { useForm } from "../door/useForm";
import { Button } from "../ui/Button";
import { CheckField, ChoiceField, TextField } from "../ui/Field";
import { FailureNotice, Notice } from "../ui/Notice";
import { Sheet } from "../ui/Sheet";
import { Copy } from "./InvitationCard";
import { tagsOf } from "./scopes";

interface Props {
  org: string;
  /** scopes are all that a token may have. */
  scopes: string[];
  onClose: () => void;
}

const DAYS = ["30", "90", "365", ""];

/** endOf is the end of the date in so many days, UTC: the same for a repeat on the same day. */
const endOf = (days: number) => `${new Date(Date.now() + (days + 1) * 86_400_000).toISOString().slice(0, 10)}T00:00:00Z`;

/** MakeToken asks for the name, the end and the scopes of a token, and shows its secret once. */
export function MakeToken({ org, scopes, onClose }: Props) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const form = useForm<{ name: string; days: string; chosen: string[] }>(
    { name: "", days: "90", chosen: [] },
    { name: checkFilled, chosen: (chosen) => (chosen.length > 0 ? undefined : "tokens.scopes.none") },
  );
  const make = useCommand(
    (body: Schema["IssueTokenInput"], key) =>
      answer(api.POST("/api/v1/orgs/{org}/tokens", { params: { path: { org }, header: { "Idempotency-Key": key } }, body })),
    () => void queries.invalidateQueries({ queryKey: ["tokens", org] }),
  );
  const { values, set, problem } = form;
  if (make.data) return <Made secret={make.data.secret ?? ""} onClose={onClose} />;
  return (
    <Sheet title={t("tokens.make")} onClose={onClose}>
      <form
        noValidate
        onSubmit={form.submit(({ name, days, chosen }) =>
          make.mutate({ name: name.trim(), scopes: chosen, ...(days && { expires_at: endOf(Number(days)) }) }),
        )}
      >
        <div className="two">
          <TextField
            label={t("tokens.name")}
            value={values.name}
            problem={problem("name")}
            onText={set("name")}
            help={t("tokens.name.help")}
            maxLength={100}
            autoComplete="off"
          />
          <ChoiceField
            label={t("invitations.expiry")}
            value={values.days}
            onText={set("days")}
            options={DAYS.map((value) => ({ value, label: t(value ? "tokens.days" : "tokens.forever", { n: value }) }))}
          />
        </div>
        <Scopes scopes={scopes} chosen={values.chosen} problem={problem("chosen")} onChosen={set("chosen")} />
        <FailureNotice error={make.error} />
        <Button tone="primary" block type="submit" busy={make.isPending}>
          {t("tokens.make")}
        </Button>
      </form>
    </Sheet>
  );
}

interface Choice {
  scopes: string[];
  chosen: string[];
  problem: string | undefined;
  onChosen: (chosen: string[]) => void;
}

function Scopes({ scopes, chosen, problem, onChosen }: Choice) {
  const { t } = useTranslation();
  const turn = (scope: string) => (on: boolean) => onChosen(on ? [...chosen, scope] : chosen.filter((s) => s !== scope));
  return (
    <fieldset className={problem ? "scopes wrong" : "scopes"}>
      <legend>{t("tokens.scopes")}</legend>
      {problem && (
        <p className="problem" role="alert">
          {problem}
        </p>
      )}
      {tagsOf(scopes).map(({ tag, ways }) => (
        <div key={tag} className="scope" role="group" aria-label={t(`tag.${tag}`, tag)}>
          <span>{t(`tag.${tag}`, tag)}</span>
          {["read", "write"].map((way) =>
            ways.includes(way) ? (
              <CheckField key={way} label={t(`tokens.${way}`)} checked={chosen.includes(`${tag}:${way}`)} onCheck={turn(`${tag}:${way}`)} />
            ) : (
              <span key={way} />
            ),
          )}
        </div>
      ))}
    </fieldset>
  );
}

/** Made shows the secret; pressing beside the sheet does not shut it, since nobody can read it again. */
function Made({ secret, onClose }: { secret: string; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Sheet title={t("tokens.made")} onClose={onClose} firm>
      <div className="stack">
        <Notice tone="warn">{t("tokens.once")}</Notice>
        <code className="block secret">{secret}</code>
        <div className="actions">
          <Copy text={secret} word="tokens.copy" />
        </div>
        <p className="note">{t("tokens.use")}</p>
        <code className="block">Authorization: Bearer …</code>
        <Button block tone="primary" onClick={onClose}>
          {t("tokens.kept")}
        </Button>
      </div>
    </Sheet>
  );
}
