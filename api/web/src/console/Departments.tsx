import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api, type Schema } from "../api/client";
import { useCommand } from "../api/command";
import { remember } from "../api/position";
import { checkFilled } from "../door/check";
import { useForm } from "../door/useForm";
import { Button } from "../ui/Button";
import { Empty } from "../ui/Empty";
import { ChoiceField, TextField } from "../ui/Field";
import { Loading } from "../ui/Loading";
import { FailureNotice } from "../ui/Notice";
import { Sheet } from "../ui/Sheet";
import { choicesOf, useDepartments } from "./queries";
import { treeOf } from "./tree";

type Department = Schema["Department"];

/** Departments is the tree of departments with how many people each has. */
export function Departments({ org }: { org: string }) {
  const { t } = useTranslation();
  const list = useDepartments(org);
  const [adding, setAdding] = useState(false);
  const [chosen, choose] = useState<Department | null>(null);
  if (list.isPending) return <Loading />;
  const open = (list.data?.items ?? []).filter((d) => !d.closed);
  return (
    <section className="card">
      <div className="filters">
        <h1>{t("departments.title")}</h1>
        <Button small tone="primary" onClick={() => setAdding(true)}>
          {t("departments.add")}
        </Button>
      </div>
      <FailureNotice error={list.error} />
      {open.length === 0 && <Empty title={t("departments.empty")}>{t("departments.empty.help")}</Empty>}
      <ul className="rows">
        {treeOf(open).map(({ item, depth }) => (
          <li key={item.id} style={{ paddingInlineStart: depth * 20 }}>
            <div className="who">
              <strong>{item.name}</strong>
              <p className="note">{t("departments.members", { n: item.members })}</p>
            </div>
            <Button small onClick={() => choose(item)}>
              {t("change")}
            </Button>
          </li>
        ))}
      </ul>
      {adding && <Add org={org} open={open} onClose={() => setAdding(false)} />}
      {chosen && <Edit org={org} department={chosen} onClose={() => choose(null)} />}
    </section>
  );
}

function useDone(org: string, onClose: () => void) {
  const queries = useQueryClient();
  return (receipt: Schema["Receipt"]) => {
    remember(org, receipt);
    void queries.invalidateQueries({ queryKey: ["departments", org] });
    onClose();
  };
}

function Add({ org, open, onClose }: { org: string; open: Department[]; onClose: () => void }) {
  const { t } = useTranslation();
  const form = useForm({ name: "", parent: "" }, { name: checkFilled });
  const add = useCommand(
    (body: Schema["AddDepartmentInput"], key) =>
      answer(api.POST("/api/v1/orgs/{org}/departments", { params: { path: { org }, header: { "Idempotency-Key": key } }, body })),
    useDone(org, onClose),
  );
  return (
    <Sheet title={t("departments.add")} onClose={onClose}>
      <form noValidate onSubmit={form.submit(({ name, parent }) => add.mutate({ name: name.trim(), ...(parent && { parent }) }))}>
        <TextField
          label={t("departments.name")}
          value={form.values.name}
          problem={form.problem("name")}
          onText={form.set("name")}
          maxLength={100}
        />
        <ChoiceField
          label={t("departments.parent")}
          value={form.values.parent}
          onText={form.set("parent")}
          options={choicesOf(open, t("departments.top"))}
        />
        <FailureNotice error={add.error} />
        <Button tone="primary" block type="submit" busy={add.isPending}>
          {t("departments.add")}
        </Button>
      </form>
    </Sheet>
  );
}

function Edit({ org, department, onClose }: { org: string; department: Department; onClose: () => void }) {
  const { t } = useTranslation();
  const form = useForm({ name: department.name }, { name: checkFilled });
  const change = useCommand(
    (body: Schema["ChangeDepartmentInput"], key) =>
      answer(api.PATCH("/api/v1/orgs/{org}/departments", { params: { path: { org }, header: { "Idempotency-Key": key } }, body })),
    useDone(org, onClose),
  );
  return (
    <Sheet title={department.name} onClose={onClose}>
      <form noValidate onSubmit={form.submit(({ name }) => change.mutate({ department: department.id, name: name.trim() }))}>
        <TextField
          label={t("departments.name")}
          value={form.values.name}
          problem={form.problem("name")}
          onText={form.set("name")}
          maxLength={100}
        />
        <FailureNotice error={change.error} />
        <div className="actions">
          <Button tone="primary" type="submit" busy={change.isPending}>
            {t("save")}
          </Button>
          <Button tone="danger" onClick={() => change.mutate({ department: department.id, closed: true })}>
            {t("departments.close")}
          </Button>
        </div>
        <p className="note">{t("departments.close.help")}</p>
      </form>
    </Sheet>
  );
}
