import { useQuery } from "@tanstack/react-query";
import { type SubmitEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "../api/client";
import { Button } from "../ui/Button";
import { Empty } from "../ui/Empty";
import { TextField } from "../ui/Field";
import { FailureNotice } from "../ui/Notice";
import type { Target } from "./Ask";

const LEAST = 2;

/** Find searches organizations by name; those that opted out are found by invitation only. */
export function Find({ onTarget }: { onTarget: (target: Target) => void }) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const [wanted, setWanted] = useState("");
  const found = useQuery({
    queryKey: ["find", wanted],
    enabled: wanted !== "",
    retry: false,
    queryFn: () => answer(api.GET("/api/v1/orgs", { params: { query: { query: wanted } } })),
  });
  const short = Array.from(text.trim()).length < LEAST;
  function submit(event: SubmitEvent) {
    event.preventDefault();
    if (!short) setWanted(text.trim());
  }
  const items = found.data?.items ?? [];
  return (
    <section className="card">
      <h2>{t("find.title")}</h2>
      <form noValidate onSubmit={submit} role="search">
        <TextField label={t("find.name")} value={text} onText={setText} help={t("find.help")} type="search" />
        <FailureNotice error={found.error} />
        <Button block type="submit" disabled={short} busy={found.isFetching}>
          {t("find.submit")}
        </Button>
      </form>
      {found.isSuccess && items.length === 0 && <Empty title={t("find.none")}>{t("find.none.help")}</Empty>}
      <ul className="rows">
        {items.map((o) => (
          <li key={o.id}>
            <div className="who">
              <strong>{o.name}</strong>
              {o.industry && <p className="note">{o.industry}</p>}
            </div>
            <Button small onClick={() => onTarget({ org: o.id, name: o.name })}>
              {t("find.ask")}
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}
