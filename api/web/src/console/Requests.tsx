import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api, type Schema } from "../api/client";
import { useCommand } from "../api/command";
import { remember } from "../api/position";
import { useForm } from "../door/useForm";
import { useLive } from "../shell/useLive";
import { openRequests } from "../shell/useOpenRequests";
import { Button } from "../ui/Button";
import { Empty } from "../ui/Empty";
import { AreaField, ChoiceField, TextField } from "../ui/Field";
import { Loading } from "../ui/Loading";
import { FailureNotice } from "../ui/Notice";
import { Sheet } from "../ui/Sheet";
import { choicesOf, useDepartments, useGroups, useMembers } from "./queries";
import { useMoment } from "./useMoment";

type Request = Schema["JoinRequestView"];

/** Requests are the people who asked to join and wait for an answer. */
export function Requests({ org }: { org: string }) {
  const { t } = useTranslation();
  const moment = useMoment();
  const [chosen, choose] = useState<{ request: Request; answer: "approve" | "reject" } | null>(null);
  const waiting = useQuery(openRequests(org));
  const queries = useQueryClient();
  useLive(
    org,
    useCallback(() => void queries.invalidateQueries({ queryKey: ["join-requests", org] }), [queries, org]),
  );
  if (waiting.isPending) return <Loading />;
  const items = waiting.data?.items ?? [];
  return (
    <section className="card">
      <h1>{t("requests.title")}</h1>
      <FailureNotice error={waiting.error} />
      {waiting.isSuccess && items.length === 0 && <Empty title={t("requests.empty")}>{t("requests.empty.help")}</Empty>}
      <ul className="rows">
        {items.map((request) => (
          <li key={request.id}>
            <div className="who">
              <strong>{request.name || t("requests.noname")}</strong>
              <p className="note">
                {[request.number && t("requests.number", { number: request.number }), moment(request.requested_at)]
                  .filter(Boolean)
                  .join(" · ")}
              </p>
              {request.message && <p className="said">{request.message}</p>}
            </div>
            <div className="actions">
              <Button small tone="primary" onClick={() => choose({ request, answer: "approve" })}>
                {t("requests.approve")}
              </Button>
              <Button small tone="danger" onClick={() => choose({ request, answer: "reject" })}>
                {t("requests.reject")}
              </Button>
            </div>
          </li>
        ))}
      </ul>
      {chosen?.answer === "approve" && <Approve org={org} request={chosen.request} onClose={() => choose(null)} />}
      {chosen?.answer === "reject" && <Reject org={org} request={chosen.request} onClose={() => choose(null)} />}
    </section>
  );
}

function useAnswered(org: string, onClose: () => void) {
  const queries = useQueryClient();
  return (receipt: Schema["Receipt"]) => {
    remember(org, receipt);
    for (const key of ["join-requests", "members", "setup", "departments"]) void queries.invalidateQueries({ queryKey: [key, org] });
    onClose();
  };
}

interface Props {
  org: string;
  request: Request;
  onClose: () => void;
}

function Approve({ org, request, onClose }: Props) {
  const { t } = useTranslation();
  const departments = useDepartments(org);
  const groups = useGroups(org);
  const members = useMembers(org);
  const open = (groups.data?.items ?? []).filter((g) => !g.closed);
  const only = open.length === 1 ? open[0]?.id : undefined;
  const form = useForm({ department: request.department, group: "", number: request.number, position: "", as: request.match }, {});
  const approve = useCommand(
    (body: Schema["ApproveJoinInput"], key) =>
      answer(
        api.POST("/api/v1/orgs/{org}/join-requests/{request}/approve", {
          params: { path: { org, request: request.id }, header: { "Idempotency-Key": key } },
          body,
        }),
      ),
    useAnswered(org, onClose),
  );
  const { values, set } = form;
  const free = (members.data?.items ?? [])
    .filter((m) => !m.account && !m.left)
    .map((m) => ({ value: m.id, label: [m.number, m.name].filter(Boolean).join(" ") }));
  const group = values.group || only || "";
  const body = values.as
    ? { as: values.as }
    : kept({ department: values.department, group, number: values.number.trim(), position: values.position.trim() });
  return (
    <Sheet title={t("requests.approve.title", { name: request.name || "" })} onClose={onClose}>
      <form noValidate onSubmit={form.submit(() => approve.mutate(body))}>
        {free.length > 0 && (
          <ChoiceField
            label={t("requests.as")}
            help={t("requests.as.help")}
            value={values.as}
            onText={set("as")}
            options={[{ value: "", label: t("requests.as.new") }, ...free]}
          />
        )}
        {!values.as && (
          <>
            <ChoiceField
              label={t("department")}
              value={values.department}
              onText={set("department")}
              options={choicesOf(departments.data?.items, t("none"))}
            />
            <ChoiceField label={t("group")} value={group} onText={set("group")} options={choicesOf(groups.data?.items, t("none"))} />
            <TextField label={t("number")} value={values.number} onText={set("number")} help={t("number.help")} maxLength={64} />
            <TextField label={t("position")} value={values.position} onText={set("position")} maxLength={100} />
          </>
        )}
        <FailureNotice error={approve.error} />
        <Button tone="primary" block type="submit" busy={approve.isPending}>
          {t("requests.approve")}
        </Button>
      </form>
    </Sheet>
  );
}

/** kept leaves out what is empty. */
export function kept<T extends Record<string, string>>(values: T): Partial<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== "")) as Partial<T>;
}

function Reject({ org, request, onClose }: Props) {
  const { t } = useTranslation();
  const form = useForm({ reason: "" }, { reason: (text) => (text.trim() ? undefined : "field.empty") });
  const reject = useCommand(
    (body: Schema["RejectJoinInput"], key) =>
      answer(
        api.POST("/api/v1/orgs/{org}/join-requests/{request}/reject", {
          params: { path: { org, request: request.id }, header: { "Idempotency-Key": key } },
          body,
        }),
      ),
    useAnswered(org, onClose),
  );
  return (
    <Sheet title={t("requests.reject.title", { name: request.name || "" })} onClose={onClose}>
      <form noValidate onSubmit={form.submit(({ reason }) => reject.mutate({ reason: reason.trim() }))}>
        <AreaField
          label={t("requests.reason")}
          help={t("requests.reason.help")}
          value={form.values.reason}
          problem={form.problem("reason")}
          onText={form.set("reason")}
          maxLength={500}
        />
        <FailureNotice error={reject.error} />
        <Button tone="danger" block type="submit" busy={reject.isPending}>
          {t("requests.reject")}
        </Button>
      </form>
    </Sheet>
  );
}
