import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api, type Schema } from "../api/client";
import { useCommand } from "../api/command";
import { useForm } from "../door/useForm";
import { Button } from "../ui/Button";
import { Empty } from "../ui/Empty";
import { CheckField, ChoiceField, TextField } from "../ui/Field";
import { Loading } from "../ui/Loading";
import { FailureNotice } from "../ui/Notice";
import { Sheet } from "../ui/Sheet";
import { InvitationCard, type Shown } from "./InvitationCard";
import { choicesOf, useDepartments, useGroups } from "./queries";
import { kept } from "./Requests";
import { useMoment } from "./useMoment";

type Invitation = Schema["InvitationView"];

/** Invitations let people join by a code, a link or a QR picture; each ends by time, by uses, or by hand. */
export function Invitations({ org }: { org: string }) {
  const { t } = useTranslation();
  const [making, setMaking] = useState(false);
  const [shown, show] = useState<Shown | null>(null);
  const list = useQuery({
    queryKey: ["invitations", org],
    queryFn: () => answer(api.GET("/api/v1/orgs/{org}/invitations", { params: { path: { org } } })),
  });
  if (list.isPending) return <Loading />;
  const items = list.data?.items ?? [];
  return (
    <section className="card">
      <div className="filters">
        <h1>{t("invitations.title")}</h1>
        <Button small tone="primary" onClick={() => setMaking(true)}>
          {t("invitations.make")}
        </Button>
      </div>
      <FailureNotice error={list.error} />
      {list.isSuccess && items.length === 0 && <Empty title={t("invitations.empty")}>{t("invitations.empty.help")}</Empty>}
      <ul className="rows">
        {items.map((invitation) => (
          <Row key={invitation.id} org={org} invitation={invitation} onShow={show} />
        ))}
      </ul>
      {making && (
        <Make
          org={org}
          onClose={() => setMaking(false)}
          onMade={(made) => {
            setMaking(false);
            show(made);
          }}
        />
      )}
      {shown && (
        <Sheet title={t("invitations.show")} onClose={() => show(null)}>
          <InvitationCard invitation={shown} />
        </Sheet>
      )}
    </section>
  );
}

function Row({ org, invitation, onShow }: { org: string; invitation: Invitation; onShow: (shown: Shown) => void }) {
  const { t } = useTranslation();
  const moment = useMoment();
  const queries = useQueryClient();
  const revoke = useCommand(
    (id: string, key) =>
      answer(
        api.DELETE("/api/v1/orgs/{org}/invitations/{invitation}", {
          params: { path: { org, invitation: id }, header: { "Idempotency-Key": key } },
        }),
      ),
    () => void queries.invalidateQueries({ queryKey: ["invitations", org] }),
  );
  const open = invitation.state === "open";
  return (
    <li>
      <div className="who">
        <strong className="code">{invitation.code}</strong>
        <p className="note">
          {[
            t("invitations.used", { n: invitation.used, of: invitation.uses }),
            t("invitations.until", { when: moment(invitation.expires_at) }),
            t(invitation.approval ? "invitations.approval" : "invitations.direct"),
          ].join(" · ")}
        </p>
        <FailureNotice error={revoke.error} />
      </div>
      {open ? (
        <div className="actions">
          <Button small onClick={() => onShow(invitation)}>
            {t("invitations.share")}
          </Button>
          <Button small tone="danger" busy={revoke.isPending} onClick={() => revoke.mutate(invitation.id)}>
            {t("invitations.revoke")}
          </Button>
        </div>
      ) : (
        <span className="pill calm">{t(`invitations.${invitation.state}`)}</span>
      )}
    </li>
  );
}

const HOURS = ["24", "72", "168", "720"];

function Make({ org, onClose, onMade }: { org: string; onClose: () => void; onMade: (made: Shown) => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const departments = useDepartments(org);
  const groups = useGroups(org);
  const form = useForm(
    { hours: "168", uses: "20", department: "", group: "", approval: true },
    { uses: (uses) => (/^\d{1,4}$/.test(uses) && Number(uses) > 0 ? undefined : "invitations.uses.wrong") },
  );
  const make = useCommand(
    (body: Schema["IssueInvitationInput"], key) =>
      answer(api.POST("/api/v1/orgs/{org}/invitations", { params: { path: { org }, header: { "Idempotency-Key": key } }, body })),
    (made) => {
      void queries.invalidateQueries({ queryKey: ["invitations", org] });
      onMade(made.invitation);
    },
  );
  const { values, set, problem } = form;
  return (
    <Sheet title={t("invitations.make")} onClose={onClose}>
      <form
        noValidate
        onSubmit={form.submit(({ hours, uses, department, group, approval }) =>
          make.mutate({ expires_in_hours: Number(hours), uses: Number(uses), approval, ...kept({ department, group }) }),
        )}
      >
        <div className="two">
          <ChoiceField
            label={t("invitations.expiry")}
            value={values.hours}
            onText={set("hours")}
            options={HOURS.map((value) => ({ value, label: t(`hours.${value}`) }))}
          />
          <TextField label={t("invitations.uses")} inputMode="numeric" value={values.uses} problem={problem("uses")} onText={set("uses")} />
          <ChoiceField
            label={t("department")}
            value={values.department}
            onText={set("department")}
            options={choicesOf(departments.data?.items, t("none"))}
          />
          <ChoiceField label={t("group")} value={values.group} onText={set("group")} options={choicesOf(groups.data?.items, t("none"))} />
        </div>
        <CheckField label={t("invitations.approval.ask")} checked={values.approval} onCheck={set("approval")} />
        <FailureNotice error={make.error} />
        <Button tone="primary" block type="submit" busy={make.isPending}>
          {t("invitations.make")}
        </Button>
      </form>
    </Sheet>
  );
}
