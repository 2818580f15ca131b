import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "raviger";
import { answer, api, type Schema } from "../api/client";
import { useCommand } from "../api/command";
import { after, remember } from "../api/position";
import { checkHandle } from "../door/check";
import { useForm } from "../door/useForm";
import { useLayer } from "../lib/address";
import { useOrganization } from "../shell/useOrganization";
import { Button } from "../ui/Button";
import { CheckField, TextField } from "../ui/Field";
import { Loading } from "../ui/Loading";
import { FailureNotice, Notice } from "../ui/Notice";
import { Sheet } from "../ui/Sheet";

/** Setup says what is still missing before people can punch, and holds the two switches of the organization. */
export function Setup({ org }: { org: string }) {
  const { t } = useTranslation();
  const setup = useQuery({
    queryKey: ["setup", org],
    queryFn: () => answer(api.GET("/api/v1/orgs/{org}/setup", { params: { path: { org }, query: after(org) } })),
  });
  const organization = useOrganization(org);
  if (setup.isPending) return <Loading />;
  return (
    <>
      <section className="card">
        <h1>{t("setup.title")}</h1>
        <FailureNotice error={setup.error} />
        {setup.data?.complete && <Notice tone="good">{t("setup.complete")}</Notice>}
        {setup.data && <Steps org={org} setup={setup.data} />}
      </section>
      {organization.data && (
        <Switches
          key={String(organization.data.attendance)}
          org={org}
          organization={organization.data}
          members={setup.data?.members ?? 0}
        />
      )}
    </>
  );
}

const WAYS: Record<string, string> = { rule: "rule", members: "invitations", groups: "members" };

function Steps({ org, setup }: { org: string; setup: Schema["Setup"] }) {
  const { t } = useTranslation();
  const missing = setup.missing ?? [];
  return (
    <ol className="rows steps">
      {["attendance", "rule", "members", "groups", "handle"].map((step) => {
        const open = missing.includes(step);
        return (
          <li key={step}>
            <span className={`mark ${open ? "open" : "done"}`} aria-hidden="true">
              {open ? "" : "✓"}
            </span>
            <div className="who">
              <strong>{t(`setup.${step}`)}</strong>
              <p className="note">{open ? t(`setup.${step}.help`) : t("setup.done")}</p>
            </div>
            {open &&
              step !== "handle" &&
              (step === "attendance" ? (
                <SwitchOn org={org} />
              ) : (
                <Link className="btn small" href={`/o/${org}/manage/${WAYS[step]}`}>
                  {t("setup.go")}
                </Link>
              ))}
          </li>
        );
      })}
    </ol>
  );
}

/** useSwitch turns attendance on or off. */
function useSwitch(org: string, done?: () => void) {
  const queries = useQueryClient();
  return useCommand(
    (enabled: boolean, key) =>
      answer(
        api.PUT("/api/v1/orgs/{org}/attendance", { params: { path: { org }, header: { "Idempotency-Key": key } }, body: { enabled } }),
      ),
    (receipt) => {
      remember(org, receipt);
      for (const key of ["setup", "organization", "today"]) void queries.invalidateQueries({ queryKey: [key, org] });
      done?.();
    },
  );
}

function SwitchOn({ org }: { org: string }) {
  const { t } = useTranslation();
  const turn = useSwitch(org);
  return (
    <>
      <Button small tone="primary" busy={turn.isPending} onClick={() => turn.mutate(true)}>
        {t("attendance.on")}
      </Button>
      <FailureNotice error={turn.error} />
    </>
  );
}

/** SwitchOff says whom it keeps from punching, and takes the organization's name for a yes. */
export function SwitchOff({ org, name, members }: { org: string; name: string; members: number }) {
  const { t } = useTranslation();
  const [sheet, open, close] = useLayer("sheet");
  const [typed, setTyped] = useState("");
  const turn = useSwitch(org, close);
  const same = typed.trim() === name.trim();
  return (
    <>
      <Button small tone="danger" onClick={() => open("attendance")}>
        {t("attendance.off")}
      </Button>
      {sheet === "attendance" && (
        <Sheet title={t("attendance.off.title")} onClose={close}>
          <form
            noValidate
            onSubmit={(event) => {
              event.preventDefault();
              if (same) turn.mutate(false);
            }}
          >
            <Notice tone="warn">{t("attendance.off.help", { n: members })}</Notice>
            <TextField label={t("attendance.off.type", { name })} value={typed} onText={setTyped} autoComplete="off" />
            <FailureNotice error={turn.error} />
            <Button tone="danger" block type="submit" busy={turn.isPending} disabled={!same}>
              {t("attendance.off")}
            </Button>
          </form>
        </Sheet>
      )}
    </>
  );
}

function Switches({ org, organization, members }: { org: string; organization: Schema["OrganizationView"]; members: number }) {
  const { t } = useTranslation();
  return (
    <section className="card">
      <h2>{t("switches.title")}</h2>
      <div className="pair">
        <span>{t(organization.attendance ? "attendance.is.on" : "attendance.is.off")}</span>
        <span />
        {organization.attendance ? <SwitchOff org={org} name={organization.name} members={members} /> : <SwitchOn org={org} />}
      </div>
      <Searchable org={org} on={organization.searchable} />
      <Handle key={organization.handle} org={org} handle={organization.handle} />
    </section>
  );
}

/** Searchable says whether people find the organization by its name; those with an invitation join in any case. */
function Searchable({ org, on }: { org: string; on: boolean }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const change = useCommand(
    (searchable: boolean, key) =>
      answer(api.PATCH("/api/v1/orgs/{org}", { params: { path: { org }, header: { "Idempotency-Key": key } }, body: { searchable } })),
    (receipt) => {
      remember(org, receipt);
      return queries.invalidateQueries({ queryKey: ["organization", org] });
    },
  );
  return (
    <>
      <CheckField
        label={t("searchable")}
        checked={change.isPending ? change.variables : on}
        disabled={change.isPending}
        onCheck={(to) => change.mutate(to)}
      />
      <p className="note">{t("searchable.help")}</p>
      <FailureNotice error={change.error} />
    </>
  );
}

/** Handle is the sign-in name, which an owner changes; until there is one, the organization's id stands in its place. */
function Handle({ org, handle }: { org: string; handle: string }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const form = useForm({ handle }, { handle: (text) => (text.trim() === "" ? "handle.wrong" : checkHandle(text)) });
  const change = useCommand(
    (to: string, key) =>
      answer(api.PATCH("/api/v1/orgs/{org}", { params: { path: { org }, header: { "Idempotency-Key": key } }, body: { handle: to } })),
    async (receipt) => {
      remember(org, receipt);
      for (const key of [["setup", org], ["organization", org], ["me"]]) await queries.invalidateQueries({ queryKey: key });
    },
  );
  return (
    <form noValidate onSubmit={form.submit((values) => change.mutate(values.handle.trim()))}>
      <TextField
        label={t("handle")}
        value={form.values.handle}
        problem={form.problem("handle")}
        onText={form.set("handle")}
        maxLength={32}
        autoCapitalize="none"
        autoComplete="off"
        help={t("handle.help", { handle: handle || org })}
      />
      <FailureNotice error={change.error} />
      {form.values.handle.trim() !== handle && (
        <Button small tone="primary" type="submit" busy={change.isPending}>
          {t("handle.save")}
        </Button>
      )}
    </form>
  );
}
