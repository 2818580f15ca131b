import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { answer, api, type Schema } from "../api/client";
import { useCommand } from "../api/command";
import { after, remember } from "../api/position";
import { today } from "../dashboard/time";
import { useForm } from "../door/useForm";
import { useParam } from "../lib/address";
import { fullDate } from "../lib/calendar";
import { zoneName } from "../lib/zone";
import { Button } from "../ui/Button";
import { CheckField, ChoiceField, TextField } from "../ui/Field";
import { Loading } from "../ui/Loading";
import { DateField } from "../ui/DateField";
import { TimeField } from "../ui/TimeField";
import { FailureNotice, Notice } from "../ui/Notice";
import { PlaceFields } from "./PlaceFields";
import { formOf, newRule, ruleChecks, type RuleForm, ruleOf } from "./rule";
import { useGroups } from "./queries";

const NEW = "new";

/** Rule publishes the rule of a group; the first one makes the group. */
export function Rule({ org }: { org: string }) {
  const { t } = useTranslation();
  const groups = useGroups(org);
  const [chosen, choose] = useParam("group");
  if (groups.isPending) return <Loading />;
  const open = (groups.data?.items ?? []).filter((g) => !g.closed);
  const group = chosen || (open[0]?.id ?? NEW);
  return (
    <section className="card">
      <h1>{t("rule.title")}</h1>
      <p className="note">{t("rule.lead")}</p>
      <FailureNotice error={groups.error} />
      {open.length > 0 && (
        <ChoiceField
          label={t("rule.group")}
          value={group}
          onText={choose}
          options={[...open.map((g) => ({ value: g.id, label: g.name })), { value: NEW, label: t("rule.group.new") }]}
        />
      )}
      {group === NEW ? (
        <RuleEditor key={NEW} org={org} group={null} before={{}} start={fresh()} onMade={choose} />
      ) : (
        <Published key={group} org={org} group={group} name={open.find((g) => g.id === group)?.name ?? ""} />
      )}
    </section>
  );
}

function fresh(): RuleForm {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "Asia/Shanghai";
  return newRule(zone, today(zone));
}

/** Published shows the rule in force, to be changed from a date on. */
function Published({ org, group, name }: { org: string; group: string; name: string }) {
  const { t, i18n } = useTranslation();
  const rules = useQuery({
    queryKey: ["rules", org, group],
    queryFn: () => answer(api.GET("/api/v1/orgs/{org}/groups/{group}/rules", { params: { path: { org, group }, query: after(org) } })),
  });
  if (rules.isPending) return <Loading />;
  if (rules.isError) return <FailureNotice error={rules.error} />;
  const last = newest(rules.data.items ?? []);
  if (!last) return <RuleEditor org={org} group={group} name={name} before={{}} start={fresh()} />;
  const form = formOf(last.rule);
  if (!form) {
    return (
      <>
        <Notice tone="info">{t("rule.complex")}</Notice>
        <code className="block">
          <pre>{JSON.stringify(last.rule, null, 2)}</pre>
        </code>
      </>
    );
  }
  return (
    <>
      <p className="note">{t("rule.version", { n: last.version, from: fullDate(last.effective_from, i18n.language) })}</p>
      <RuleEditor
        key={last.version}
        org={org}
        group={group}
        name={name}
        before={isRecord(last.rule) ? last.rule : {}}
        start={{ ...form, from: later(form.from, today(form.zone)) }}
      />
    </>
  );
}

/** later: a new version begins today unless the last one begins later, so that no past day is judged anew by accident. */
const later = (a: string, b: string) => (a > b ? a : b);

const newest = (rules: Schema["Rule"][]) => [...rules].sort((a, b) => b.version - a.version)[0];

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

interface Editor {
  org: string;
  group: string | null;
  name?: string;
  before: Record<string, unknown>;
  start: RuleForm;
  onMade?: (group: string) => void;
}

function RuleEditor({ org, group, name = "", before, start, onMade }: Editor) {
  const { t, i18n } = useTranslation();
  const queries = useQueryClient();
  const form = useForm({ ...start, name }, { ...ruleChecks, name: (text: string) => (text.trim() ? undefined : "field.empty") });
  const publish = useCommand(
    (values: typeof form.values, key) => send(org, group, values, before, key),
    (receipt) => {
      remember(org, receipt);
      for (const key of ["groups", "rules", "setup", "today", "organization"]) void queries.invalidateQueries({ queryKey: [key, org] });
      onMade?.(receipt.id);
    },
  );
  const { values, set, problem } = form;
  return (
    <form noValidate onSubmit={form.submit((all) => publish.mutate(all))}>
      {group === null && (
        <TextField
          label={t("rule.name")}
          value={values.name}
          problem={problem("name")}
          onText={set("name")}
          help={t("rule.name.help")}
          maxLength={100}
        />
      )}
      <div className="two">
        <TimeField label={t("rule.on")} value={values.on} problem={problem("on")} onTime={set("on")} />
        <TimeField label={t("rule.off")} value={values.off} problem={problem("off")} onTime={set("off")} />
        <TimeField label={t("rule.break.from")} value={values.breakFrom} onTime={set("breakFrom")} />
        <TimeField label={t("rule.break.to")} value={values.breakTo} problem={problem("breakTo")} onTime={set("breakTo")} />
      </div>
      <Week week={values.week} problem={problem("week")} onWeek={set("week")} />
      <CheckField label={t("rule.holidays")} checked={values.holidays} onCheck={set("holidays")} />
      <div className="two">
        <TextField
          label={t("rule.late")}
          inputMode="numeric"
          value={values.permitLate}
          problem={problem("permitLate")}
          onText={set("permitLate")}
        />
        <TextField
          label={t("rule.early")}
          inputMode="numeric"
          value={values.permitEarly}
          problem={problem("permitEarly")}
          onText={set("permitEarly")}
        />
        <ChoiceField label={t("rule.zone")} value={values.zone} onText={set("zone")} options={zones(values.zone, i18n.language)} />
        <DateField label={t("rule.from")} value={values.from} problem={problem("from")} onDate={set("from")} help={t("rule.from.help")} />
      </div>
      <CheckField label={t("rule.photo")} checked={values.photo} onCheck={set("photo")} />
      <PlaceFields values={values} set={set} problem={problem} />
      <ChoiceField
        label={t("rule.field")}
        value={values.field}
        onText={set("field")}
        options={["flag", "accept", "forbid", "approve"].map((value) => ({ value, label: t(`rule.field.${value}`) }))}
      />
      <FailureNotice error={publish.error} />
      {publish.isSuccess && <Notice tone="good">{t("rule.saved")}</Notice>}
      <Button tone="primary" block type="submit" busy={publish.isPending}>
        {t(group ? "rule.publish" : "rule.create")}
      </Button>
    </form>
  );
}

function send(org: string, group: string | null, values: RuleForm & { name: string }, before: Record<string, unknown>, key: string) {
  const name = values.name.trim();
  const rule = ruleOf(values, name, before);
  const header = { "Idempotency-Key": key };
  if (group === null) return answer(api.POST("/api/v1/orgs/{org}/groups", { params: { path: { org }, header }, body: { name, rule } }));
  return answer(api.PUT("/api/v1/orgs/{org}/groups/{group}/rule", { params: { path: { org, group }, header }, body: rule }));
}

function Week({ week, problem, onWeek }: { week: boolean[]; problem: string | undefined; onWeek: (week: boolean[]) => void }) {
  const { t } = useTranslation();
  return (
    <fieldset className={`week ${problem ? "wrong" : ""}`}>
      <legend>{t("rule.week")}</legend>
      <div>
        {week.map((work, day) => (
          <label key={day}>
            <input type="checkbox" checked={work} onChange={(e) => onWeek(week.map((w, i) => (i === day ? e.target.checked : w)))} />
            <span>{t(`weekday.${day + 1}`)}</span>
          </label>
        ))}
      </div>
      {problem && <p className="problem">{problem}</p>}
    </fieldset>
  );
}

/** zones are the zones by their name, with the city that tells those of one name apart. */
function zones(chosen: string, language: string) {
  const all = Intl.supportedValuesOf("timeZone");
  return (all.includes(chosen) ? all : [chosen, ...all])
    .map((zone) => ({ value: zone, label: `${zoneName(zone, language)} · ${zone.split("/").at(-1)?.replaceAll("_", " ") ?? ""}` }))
    .sort((a, b) => a.label.localeCompare(b.label));
}
