import { useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api, type Schema } from "../api/client";
import { useCommand } from "../api/command";
import { rules, type Seat } from "../shell/seat";
import { useProposals } from "../shell/useOpenRequests";
import { useOrganization } from "../shell/useOrganization";
import { Button } from "../ui/Button";
import { CheckField, ChoiceField } from "../ui/Field";
import { FailureNotice, Notice } from "../ui/Notice";
import { ProposalRow } from "./Proposals";
import { choicesOf, useDepartments, useGroups } from "./queries";
import { grantsOf } from "./roles";

type Member = Schema["MemberView"];
type Roles = Schema["RolesBody"];

interface Props {
  org: string;
  seat: Seat;
  member: Member;
  onDone: (receipt: Schema["Receipt"]) => void;
}

const ALL = "all";

/** RoleForm says what a member may do; a manager leads a department with those below it, or a group. */
export function RoleForm({ org, seat, member, onDone }: Props) {
  const { t } = useTranslation();
  const departments = useDepartments(org);
  const groups = useGroups(org);
  const owners = useOrganization(org).data?.owners ?? [];
  const open = (useProposals(seat).data?.items ?? []).filter((p) => p.member === member.id);
  const grants = member.roles ?? [];
  const led = grants.find((g) => g.role === "manager");
  const [hr, setHR] = useState(grants.some((g) => g.role === "hr"));
  const [manager, setManager] = useState(led !== undefined);
  const [auditor, setAuditor] = useState(grants.some((g) => g.role === "auditor"));
  const [reach, setReach] = useState(led?.department ? `d${led.department}` : led?.group ? `g${led.group}` : ALL);
  const save = useCommand(
    (body: Roles, key) =>
      answer(
        api.PUT("/api/v1/orgs/{org}/members/{member}/roles", {
          params: { path: { org, member: member.id }, header: { "Idempotency-Key": key } },
          body,
        }),
      ),
    onDone,
  );
  // Only owners (and whoever runs the server) set roles; others read them.
  if (!rules(seat.roles)) return null;
  // Saving roles beside a proposal would answer it by the way.
  if (open.length > 0)
    return (
      <div className="inset">
        <strong>{t("proposals.title")}</strong>
        <ul className="rows">
          {open.map((p) => (
            <ProposalRow key={p.role} org={org} proposal={p} />
          ))}
        </ul>
      </div>
    );

  const beside = grants.filter((g) => g.role === "device" || (g.role === "manager" && g !== led));
  function body(): Roles {
    const roles = [
      ...grantsOf(beside),
      ...(hr ? [{ role: "hr" as const }] : []),
      ...(auditor ? [{ role: "auditor" as const }] : []),
      ...(manager ? [{ role: "manager" as const, ...reachOf(reach) }] : []),
    ];
    return { roles };
  }
  const choices = [
    { value: ALL, label: t("roles.reach.all") },
    ...choicesOf(departments.data?.items, "")
      .slice(1)
      .map((c) => ({ value: `d${c.value}`, label: `${t("department")}：${c.label}` })),
    ...choicesOf(groups.data?.items, "")
      .slice(1)
      .map((c) => ({ value: `g${c.value}`, label: `${t("group")}：${c.label}` })),
  ];
  return (
    <form
      noValidate
      className="inset"
      onSubmit={(e) => {
        e.preventDefault();
        save.mutate(body());
      }}
    >
      <strong>{t("roles")}</strong>
      <CheckField label={t("roles.hr")} checked={hr} onCheck={setHR} />
      <CheckField label={t("roles.manager")} checked={manager} onCheck={setManager} />
      {manager && <ChoiceField label={t("roles.reach")} value={reach} onText={setReach} options={choices} />}
      <CheckField label={t("roles.auditor")} checked={auditor} onCheck={setAuditor} />
      <FailureNotice error={save.error} />
      {save.isSuccess && <Notice tone="good">{t("saved")}</Notice>}
      <Button type="submit" busy={save.isPending}>
        {t("roles.save")}
      </Button>
      <Owner owner={owners.includes(member.id)} busy={save.isPending} onOwner={(owner) => save.mutate({ owner })} />
    </form>
  );
}

function reachOf(reach: string): { department?: string; group?: string } {
  if (reach.startsWith("d")) return { department: reach.slice(1) };
  return reach.startsWith("g") ? { group: reach.slice(1) } : {};
}

/** Owner makes or unmakes an owner; with two owners it takes the words of both. */
function Owner({ owner, busy, onOwner }: { owner: boolean; busy: boolean; onOwner: (owner: boolean) => void }) {
  const { t } = useTranslation();
  return (
    <>
      <p className="note">{t("roles.two")}</p>
      <Button small busy={busy} onClick={() => onOwner(!owner)}>
        {t(owner ? "roles.owner.remove" : "roles.owner.add")}
      </Button>
    </>
  );
}
