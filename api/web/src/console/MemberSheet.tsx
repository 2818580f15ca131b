import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api, type Schema } from "../api/client";
import { useCommand } from "../api/command";
import { remember } from "../api/position";
import { useForm } from "../door/useForm";
import type { Seat } from "../shell/seat";
import { Button } from "../ui/Button";
import { ChoiceField, TextField } from "../ui/Field";
import { FailureNotice, Notice } from "../ui/Notice";
import { Sheet } from "../ui/Sheet";
import { choicesOf, useDepartments, useGroups } from "./queries";
import { RoleForm } from "./RoleForm";

type Member = Schema["MemberView"];

interface Props {
  org: string;
  seat: Seat;
  member: Member;
  onClose: () => void;
}

/** MemberSheet changes one member: place, group, roles, and leaving. */
export function MemberSheet({ org, seat, member, onClose }: Props) {
  const { t } = useTranslation();
  const changed = useChanged(org);
  return (
    <Sheet title={member.name || member.number} onClose={onClose}>
      <p className="note">
        {[
          member.number && t("requests.number", { number: member.number }),
          member.phone,
          member.email,
          t("members.since", { date: member.joined }),
        ]
          .filter(Boolean)
          .join(" · ")}
      </p>
      <PlaceForm org={org} member={member} onDone={changed} />
      <RoleForm org={org} seat={seat} member={member} onDone={changed} />
      <Leaving
        org={org}
        member={member}
        onDone={(receipt) => {
          changed(receipt);
          onClose();
        }}
      />
    </Sheet>
  );
}

type Done = (receipt: Schema["Receipt"]) => void;

function useChanged(org: string): Done {
  const queries = useQueryClient();
  return (receipt) => {
    remember(org, receipt);
    for (const key of ["members", "setup", "departments", "organization", "role-proposals"])
      void queries.invalidateQueries({ queryKey: [key, org] });
  };
}

function PlaceForm({ org, member, onDone }: { org: string; member: Member; onDone: Done }) {
  const { t } = useTranslation();
  const departments = useDepartments(org);
  const groups = useGroups(org);
  const now = (member.groups ?? []).at(-1)?.group ?? "";
  const form = useForm({ department: member.department, position: member.position, group: now }, {});
  const save = useCommand(async ({ department, position, group }: typeof form.values, key) => {
    const path = { org, member: member.id };
    const header = { "Idempotency-Key": key };
    if (group && group !== now)
      await answer(api.PUT("/api/v1/orgs/{org}/members/{member}/group", { params: { path, header }, body: { group } })).then(onDone);
    const changes = {
      ...(department !== member.department && { department }),
      ...(position.trim() !== member.position && { position: position.trim() }),
    };
    if (Object.keys(changes).length === 0) return;
    onDone(
      await answer(
        api.PATCH("/api/v1/orgs/{org}/members/{member}", { params: { path, header: { "Idempotency-Key": sibling(key) } }, body: changes }),
      ),
    );
  });
  const { values, set } = form;
  return (
    <form noValidate className="inset" onSubmit={form.submit((all) => save.mutate(all))}>
      <div className="two">
        <ChoiceField
          label={t("department")}
          value={values.department}
          onText={set("department")}
          options={placesOf(departments.data?.items, member.department, t("none"))}
        />
        <ChoiceField label={t("group")} value={values.group} onText={set("group")} options={placesOf(groups.data?.items, now, t("none"))} />
      </div>
      <TextField label={t("position")} value={values.position} onText={set("position")} maxLength={100} />
      <FailureNotice error={save.error} />
      {save.isSuccess && <Notice tone="good">{t("saved")}</Notice>}
      <Button type="submit" busy={save.isPending}>
        {t("save")}
      </Button>
    </form>
  );
}

/** placesOf offers to have none only to those who have none: a place is changed for another, not given up. */
const placesOf = (items: Parameters<typeof choicesOf>[0], now: string | undefined, none: string) =>
  choicesOf(items, none).slice(now ? 1 : 0);

/** sibling makes the key of a second command out of the first one's, so that a repeat of both repeats both. */
export const sibling = (key: string) => key.slice(0, -1) + (key.endsWith("0") ? "1" : "0");

function Leaving({ org, member, onDone }: { org: string; member: Member; onDone: Done }) {
  const { t } = useTranslation();
  const [sure, setSure] = useState(false);
  const end = useCommand(
    (id: string, key) =>
      answer(
        api.DELETE("/api/v1/orgs/{org}/members/{member}", {
          params: { path: { org, member: id }, header: { "Idempotency-Key": key } },
          body: {},
        }),
      ),
    onDone,
  );
  return (
    <div className="inset">
      <p className="note">{t("members.leave.help")}</p>
      <FailureNotice error={end.error} />
      {sure ? (
        <div className="actions">
          <Button tone="danger" busy={end.isPending} onClick={() => end.mutate(member.id)}>
            {t("members.leave.sure")}
          </Button>
          <Button tone="text" onClick={() => setSure(false)}>
            {t("cancel")}
          </Button>
        </div>
      ) : (
        <Button tone="danger" onClick={() => setSure(true)}>
          {t("members.leave")}
        </Button>
      )}
    </div>
  );
}
