import { useQueryClient } from "@tanstack/react-query";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Schema } from "../api/client";
import { useCommand } from "../api/command";
import { importMembers, markOf } from "../api/files";
import { Button } from "../ui/Button";
import { FailureNotice, Notice } from "../ui/Notice";
import { Sheet } from "../ui/Sheet";

type Report = Schema["MemberImportInput"];

interface Run {
  table: File;
  /** mark tells one table from another; a File itself says nothing when it is compared as text. */
  mark: string;
  dry: boolean;
}

/** ImportMembers reads a table of people; it says what each line would do before it does it. */
export function ImportMembers({ org, onClose }: { org: string; onClose: () => void }) {
  const { t } = useTranslation();
  const id = useId();
  const queries = useQueryClient();
  const [table, setTable] = useState<File | null>(null);
  const refresh = () => {
    for (const key of ["members", "setup", "departments"]) void queries.invalidateQueries({ queryKey: [key, org] });
  };
  const run = useCommand(({ table: list, dry }: Run, key) => importMembers(org, list, dry, key));
  const done = run.isSuccess && !run.data.dry_run;
  function pick(list: File | undefined) {
    if (!list) return;
    setTable(list);
    run.mutate({ table: list, mark: markOf(list), dry: true });
  }
  function close() {
    if (done) refresh();
    onClose();
  }
  return (
    <Sheet title={t("members.import")} onClose={close}>
      <div className="stack">
        <p className="note">{t("import.help")}</p>
        <div className="actions">
          <label htmlFor={id} className={table ? "btn" : "btn primary"}>
            {t(table ? "import.other" : "import.choose")}
          </label>
          <input
            id={id}
            type="file"
            accept=".csv,text/csv"
            className="hidden"
            disabled={run.isPending}
            onChange={(e) => {
              pick(e.target.files?.[0]);
              e.target.value = "";
            }}
          />
          <a className="btn text" download="members.csv" href={template(t("import.heads"))}>
            {t("import.template")}
          </a>
        </div>
        {table && <p className="file">{table.name}</p>}
        {run.isPending && (
          <p className="note" role="status">
            {t(run.variables.dry ? "import.reading" : "import.running")}
          </p>
        )}
        <FailureNotice error={run.error} />
        {run.data && <Found report={run.data} />}
        {done ? (
          <Button tone="primary" block onClick={close}>
            {t("done")}
          </Button>
        ) : (
          table &&
          run.data &&
          run.data.created > 0 && (
            <Button tone="primary" block busy={run.isPending} onClick={() => run.mutate({ table, mark: markOf(table), dry: false })}>
              {t("import.run", { count: run.data.created })}
            </Button>
          )
        )}
      </div>
    </Sheet>
  );
}

/** template is an empty table to fill; the mark in front lets a spreadsheet read it as UTF-8. */
const template = (heads: string) => `data:text/csv;charset=utf-8,${encodeURIComponent(`\uFEFF${heads}\r\n`)}`;

const SHOWN = 100;

function Found({ report }: { report: Report }) {
  const { t } = useTranslation();
  const { created, known, refused, dry_run } = report;
  const wrong = (report.items ?? []).filter((line) => line.action === "refused");
  return (
    <>
      <Notice tone={refused > 0 ? "warn" : "good"}>{t(dry_run ? "import.would" : "import.done", { created, known, refused })}</Notice>
      {wrong.length > 0 && (
        <ul className="rows lines" aria-label={t("import.wrong")}>
          {wrong.slice(0, SHOWN).map((line) => (
            <li key={line.line}>
              <strong className="bad">{t("import.line", { n: line.line })}</strong>
              <span className="who">{line.text}</span>
            </li>
          ))}
          {wrong.length > SHOWN && <li className="note">{t("import.rest", { n: wrong.length - SHOWN })}</li>}
        </ul>
      )}
    </>
  );
}
