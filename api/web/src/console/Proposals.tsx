import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { answer, api, type Schema } from "../api/client";
import { useCommand } from "../api/command";
import { after, remember } from "../api/position";
import type { Seat } from "../shell/seat";
import { useProposals } from "../shell/useOpenRequests";
import { Button } from "../ui/Button";
import { FailureNotice } from "../ui/Notice";
import { answered } from "./roles";
import { useMoment } from "./useMoment";

type Proposal = Schema["ProposalView"];

/** Proposals are the auditors and owners that one owner named and another one has to confirm. */
export function Proposals({ seat }: { seat: Seat }) {
  const { t } = useTranslation();
  const proposals = useProposals(seat);
  const items = proposals.data?.items ?? [];
  if (items.length === 0) return <FailureNotice error={proposals.error} />;
  return (
    <section className="card" aria-labelledby="proposals">
      <h2 id="proposals">{t("proposals.title")}</h2>
      <p className="note">{t("proposals.lead")}</p>
      <ul className="rows">
        {items.map((p) => (
          <ProposalRow key={p.member + p.role} org={seat.org} proposal={p} />
        ))}
      </ul>
    </section>
  );
}

/** ProposalRow is one of them: whoever proposed it may take it back, any other owner confirms or refuses. */
export function ProposalRow({ org, proposal }: { org: string; proposal: Proposal }) {
  const { t } = useTranslation();
  const moment = useMoment();
  const queries = useQueryClient();
  const decide = useCommand(
    (yes: boolean, key) => say(org, proposal, yes, key),
    async (receipt) => {
      remember(org, receipt);
      for (const name of ["role-proposals", "members", "organization"]) await queries.invalidateQueries({ queryKey: [name, org] });
    },
  );
  const name = [proposal.name, proposal.number].filter(Boolean).join(" ");
  return (
    <li>
      <div className="who">
        <strong>{t(proposal.removal ? "proposals.removal" : "proposals.shall", { name, role: t(`role.${proposal.role}`) })}</strong>
        <p className="note">
          {proposal.mine
            ? t("proposals.mine", { when: moment(proposal.at) })
            : t("proposals.by", { name: proposal.by_name || t("administrator"), when: moment(proposal.at) })}
        </p>
        <FailureNotice error={decide.error} />
      </div>
      <div className="actions">
        {!proposal.mine && (
          <Button small tone="primary" busy={decide.isPending} onClick={() => decide.mutate(true)}>
            {t("proposals.confirm")}
          </Button>
        )}
        <Button small tone="danger" busy={decide.isPending} onClick={() => decide.mutate(false)}>
          {t(proposal.mine ? "proposals.back" : "proposals.refuse")}
        </Button>
      </div>
    </li>
  );
}

async function say(org: string, { member, role, removal }: Proposal, yes: boolean, key: string): Promise<Schema["Receipt"]> {
  const path = { org, member };
  const held =
    role === "owner" ? [] : (await answer(api.GET("/api/v1/orgs/{org}/members/{member}", { params: { path, query: after(org) } }))).roles;
  return answer(
    api.PUT("/api/v1/orgs/{org}/members/{member}/roles", {
      params: { path, header: { "Idempotency-Key": key } },
      body: answered(role, yes, held, removal),
    }),
  );
}
