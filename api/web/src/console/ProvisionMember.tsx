import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { answer, api, type Schema } from "../api/client";
import { useCommand } from "../api/command";
import { remember } from "../api/position";
import { checkEmail, checkFilled, checkPhone } from "../door/check";
import { useForm } from "../door/useForm";
import { Button } from "../ui/Button";
import { CheckField, ChoiceField, TextField } from "../ui/Field";
import { FailureNotice, Notice } from "../ui/Notice";
import { Sheet } from "../ui/Sheet";
import { InvitationCard } from "./InvitationCard";
import { choicesOf, useDepartments, useGroups } from "./queries";
import { kept } from "./Requests";

type Newcomer = Schema["ProvisionBody"];

/** ProvisionMember adds somebody before they have an account; the activation code makes the two one. */
export function ProvisionMember({ org, onClose }: { org: string; onClose: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const departments = useDepartments(org);
  const groups = useGroups(org);
  const open = (groups.data?.items ?? []).filter((g) => !g.closed);
  const form = useForm(
    { number: "", name: "", email: "", phone: "", department: "", group: "", position: "", activate: true },
    {
      number: checkFilled,
      name: checkFilled,
      email: (text) => (text.trim() ? checkEmail(text) : undefined),
      phone: (text) => (text.trim() ? checkPhone(text) : undefined),
    },
  );
  const add = useCommand(
    (body: Newcomer, key) =>
      answer(api.POST("/api/v1/orgs/{org}/members", { params: { path: { org }, header: { "Idempotency-Key": key } }, body })),
    (made) => {
      remember(org, made);
      for (const key of ["members", "setup", "departments"]) void queries.invalidateQueries({ queryKey: [key, org] });
    },
  );
  const { values, set, problem } = form;
  if (add.isSuccess) {
    return (
      <Sheet title={t("members.added")} onClose={onClose}>
        {add.data.activation && (
          <div className="stack activation">
            <Notice tone={add.data.sent ? "good" : "info"}>
              {t(add.data.sent ? `members.activation.${add.data.sent}` : "members.activation")}
            </Notice>
            <InvitationCard invitation={add.data.activation} />
          </div>
        )}
        <Button block tone="primary" onClick={onClose}>
          {t("done")}
        </Button>
      </Sheet>
    );
  }
  return (
    <Sheet title={t("members.add")} onClose={onClose}>
      <form
        noValidate
        onSubmit={form.submit((all) => add.mutate(bodyOf({ ...all, group: all.group || (open.length === 1 ? (open[0]?.id ?? "") : "") })))}
      >
        <div className="two">
          <TextField
            label={t("number")}
            value={values.number}
            problem={problem("number")}
            onText={set("number")}
            help={t("number.help")}
            maxLength={64}
            autoComplete="off"
          />
          <TextField
            label={t("name")}
            value={values.name}
            problem={problem("name")}
            onText={set("name")}
            maxLength={100}
            autoComplete="off"
          />
        </div>
        <div className="two">
          <TextField
            label={t("members.email")}
            type="email"
            value={values.email}
            problem={problem("email")}
            onText={set("email")}
            autoComplete="off"
          />
          <TextField
            label={t("members.phone")}
            type="tel"
            value={values.phone}
            problem={problem("phone")}
            onText={set("phone")}
            autoComplete="off"
          />
        </div>
        <div className="two">
          <ChoiceField
            label={t("department")}
            value={values.department}
            onText={set("department")}
            options={choicesOf(departments.data?.items, t("none"))}
          />
          <ChoiceField
            label={t("group")}
            value={values.group || (open.length === 1 ? (open[0]?.id ?? "") : "")}
            onText={set("group")}
            options={choicesOf(groups.data?.items, t("none"))}
          />
        </div>
        <TextField label={t("position")} value={values.position} onText={set("position")} maxLength={100} />
        <div>
          <CheckField label={t("members.activate")} checked={values.activate} onCheck={set("activate")} />
          <p className="note">{t("members.activate.help")}</p>
        </div>
        <FailureNotice error={add.error} />
        <Button tone="primary" block type="submit" busy={add.isPending}>
          {t("members.add")}
        </Button>
      </form>
    </Sheet>
  );
}

interface Filled {
  number: string;
  name: string;
  email: string;
  phone: string;
  department: string;
  group: string;
  position: string;
  activate: boolean;
}

function bodyOf({ number, activate, ...rest }: Filled): Newcomer {
  const trimmed = Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, value.trim()]));
  return { number: number.trim(), ...kept(trimmed), ...(activate && { activate }) };
}
