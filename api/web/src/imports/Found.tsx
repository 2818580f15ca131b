import { useTranslation } from "react-i18next";
import { ChoiceField } from "../ui/Field";
import { Notice } from "../ui/Notice";
import type { Report } from "./follow";

interface Props {
  report: Report;
  files: File[];
  aliases: Record<string, string>;
  onAliases: (aliases: Record<string, string>) => void;
}

const SHOWN = 100;

/** Found is what an import would do, or did: figures, people, questions, and every line that needs a look. */
export function Found({ report, files, aliases, onAliases }: Props) {
  const { t } = useTranslation();
  const dry = report.dry_run === true;
  const doubted = report.doubted ?? 0;
  return (
    <div className="stack">
      {report.equals ? (
        <Notice tone="info">{t("imports.equals", { known: report.known + report.punches })}</Notice>
      ) : (
        <Notice tone={report.refused > 0 ? "warn" : "good"}>{t(dry ? "imports.would" : "imports.did", { new: report.new })}</Notice>
      )}
      <dl className="import-figures">
        <Figure word="imports.new" n={report.new} />
        <Figure word="imports.known" n={report.known} />
        <Figure word="imports.duplicates" n={report.duplicates} />
        <Figure word="imports.doubted" n={doubted} tone="warn" />
        <Figure word="imports.refused" n={report.refused} tone="bad" />
        <Figure word="imports.members" n={report.members_created} />
      </dl>
      {doubted > 0 && <p className="note">{t("imports.doubted.help")}</p>}
      <People report={report} />
      <Questions report={report} aliases={aliases} onAliases={onAliases} />
      <Lines report={report} files={files} />
    </div>
  );
}

function Figure({ word, n, tone }: { word: string; n: number; tone?: "bad" | "warn" }) {
  const { t } = useTranslation();
  return (
    <div className={n > 0 && tone ? tone : ""}>
      <dt>{t(word)}</dt>
      <dd>{n}</dd>
    </div>
  );
}

function People({ report }: { report: Report }) {
  const { t } = useTranslation();
  const made = report.made ?? [];
  const moved = report.moved ?? [];
  const dry = report.dry_run === true;
  return (
    <>
      {made.length > 0 && (
        <p className="note">
          {t(dry ? "imports.makes.these" : "imports.made.these", { count: report.members_created })} {made.slice(0, SHOWN).join("、")}
          {made.length > SHOWN && " …"}
        </p>
      )}
      {moved.length > 0 && (
        <details>
          <summary>{t(dry ? "imports.moves" : "imports.moved", { count: moved.length })}</summary>
          <ul className="rows lines">
            {moved.slice(0, SHOWN).map((one) => (
              <li key={one.number}>
                <strong>{one.number}</strong>
                <span className="who">{t("imports.moved.one", { from: one.from, to: one.to })}</span>
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}

/** Questions asks whose a number is that looks like others; an answer looks at the files again. */
function Questions({ report, aliases, onAliases }: Omit<Props, "files">) {
  const { t } = useTranslation();
  const open = report.asked ?? [];
  const answered = Object.keys(aliases).filter((number) => aliases[number] && !open.some((one) => one.number === number));
  if (open.length === 0 && answered.length === 0) return null;
  const set = (number: string) => (member: string) => onAliases({ ...aliases, [number]: member });
  return (
    <section className="import-questions" aria-labelledby="import-questions">
      <h3 id="import-questions">{t("imports.asked")}</h3>
      <p className="note">{t("imports.asked.help")}</p>
      {open.map((one) => (
        <ChoiceField
          key={one.number}
          label={t("imports.asked.one", { number: one.number, count: one.lines })}
          value={aliases[one.number] ?? ""}
          onText={set(one.number)}
          options={[
            { value: "", label: t("imports.asked.wait") },
            ...one.like.map((number) => ({ value: number, label: t("imports.asked.same", { number }) })),
          ]}
        />
      ))}
      {answered.map((number) => (
        <ChoiceField
          key={number}
          label={t("imports.asked.done", { number })}
          value={aliases[number] ?? ""}
          onText={set(number)}
          options={[
            { value: aliases[number] ?? "", label: t("imports.asked.same", { number: aliases[number] }) },
            { value: "", label: t("imports.asked.wait") },
          ]}
        />
      ))}
    </section>
  );
}

/** Lines are those that need a look, refused ones first; the server's word says more where ours is short. */
function Lines({ report, files }: Pick<Props, "report" | "files">) {
  const { t, i18n } = useTranslation();
  const issues = (report.issues ?? []).filter((issue) => issue.code !== "duplicate");
  const sorted = [...issues.filter((issue) => !issue.warning), ...issues.filter((issue) => issue.warning)];
  const left = sorted.length - SHOWN + (report.issues_left_out ?? 0);
  if (sorted.length === 0) return null;
  return (
    <section aria-labelledby="import-lines">
      <h3 id="import-lines">{t("imports.lines")}</h3>
      <ul className="rows lines">
        {sorted.slice(0, SHOWN).map((issue) => (
          <li key={`${issue.file} ${issue.from} ${issue.code} ${issue.text ?? ""}`}>
            <strong className={issue.warning ? "" : "bad"}>
              {files.length > 1 && `${files[issue.file]?.name ?? issue.file + 1} `}
              {issue.to > issue.from ? t("imports.line.range", { from: issue.from, to: issue.to }) : t("imports.line", { n: issue.from })}
            </strong>
            <span className="who">
              {t(`imports.code.${issue.code}`, issue.code)}
              {i18n.language !== "zh" && issue.text && <small>{issue.text}</small>}
            </span>
          </li>
        ))}
      </ul>
      {left > 0 && <p className="note">{t("imports.lines.left", { count: left })}</p>}
    </section>
  );
}
