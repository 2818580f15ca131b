import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, navigate } from "raviger";
import { answer, api, type Schema } from "../api/client";
import { useCommand } from "../api/command";
import { checkFilled, checkHandle } from "../door/check";
import { useForm } from "../door/useForm";
import { remember } from "../api/position";
import { Button } from "../ui/Button";
import { TextField } from "../ui/Field";
import { FailureNotice } from "../ui/Notice";

type Body = Schema["FoundBody"];

/** Found makes an organization; its founder owns it and goes on to the setup. */
export function Found() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const form = useForm(
    { name: "", handle: "", industry: "", address: "", department: "", position: "" },
    { name: checkFilled, handle: checkHandle },
  );
  const [named, setNamed] = useState("");
  const proposed = useQuery({
    queryKey: ["handle", named],
    enabled: named !== "",
    queryFn: () => answer(api.GET("/api/v1/handles", { params: { query: { name: named } } })),
  });
  const handle = form.values.handle.trim() || proposed.data?.handle || "";
  const found = useCommand(
    (body: Body, key) => answer(api.POST("/api/v1/orgs", { params: { header: { "Idempotency-Key": key } }, body })),
    (receipt) => {
      remember(receipt.id, receipt);
      void queries.invalidateQueries({ queryKey: ["me"] }).then(() => navigate(`/o/${receipt.id}/manage`, { replace: true }));
    },
  );
  const line = (
    name: keyof typeof form.values,
    more?: { help?: string; autoComplete?: string; onBlur?: () => void; placeholder?: string | undefined; autoCapitalize?: string },
  ) => (
    <TextField
      label={t(`found.${name}`)}
      value={form.values[name]}
      problem={form.problem(name)}
      onText={form.set(name)}
      maxLength={name === "address" ? 300 : 100}
      {...more}
    />
  );
  return (
    <main className="page narrow">
      <p className="back">
        <Link href="/start">‹ {t("back")}</Link>
      </p>
      <section className="card">
        <h1>{t("found.title")}</h1>
        <form noValidate onSubmit={form.submit((values) => found.mutate(trimmed(values)))}>
          {line("name", { autoComplete: "organization", onBlur: () => setNamed(form.values.name.trim()) })}
          {line("handle", {
            help: t("found.handle.help", { handle: handle || "…" }),
            placeholder: proposed.data?.handle,
            autoComplete: "off",
            autoCapitalize: "none",
          })}
          {line("industry")}
          {line("address", { autoComplete: "street-address" })}
          {line("department", { help: t("found.department.help") })}
          {line("position", { autoComplete: "organization-title" })}
          <FailureNotice error={found.error} />
          <Button tone="primary" block type="submit" busy={found.isPending}>
            {t("found.submit")}
          </Button>
        </form>
      </section>
    </main>
  );
}

/** trimmed leaves out what was left empty. */
function trimmed(values: { name: string; handle: string; industry: string; address: string; department: string; position: string }): Body {
  const kept = Object.entries(values)
    .map(([key, value]) => [key, value.trim()] as const)
    .filter(([, value]) => value !== "");
  return { name: values.name.trim(), ...Object.fromEntries(kept) };
}
