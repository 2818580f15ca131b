import { useQueryClient } from "@tanstack/react-query";
import { useId, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Failure } from "../api/client";
import { remember } from "../api/position";
import { addWords } from "../i18n";
import { Button } from "../ui/Button";
import { CheckField, ChoiceField, TextField } from "../ui/Field";
import { FailureNotice, Notice } from "../ui/Notice";
import { follow, formOf, type Far, type Options, type Report } from "./follow";
import { History } from "./History";
import { Found } from "./Found";
import { Progress } from "./Progress";
import { zones } from "./zones";
import * as words from "./words";

addWords(words);

/** Imports is where files of punches come in: what each would do is shown before anything happens. */
export function Imports({ org }: { org: string }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const id = useId();
  const [files, setFiles] = useState<File[]>([]);
  const [options, setOptions] = useState<Options>(fresh);
  const [far, setFar] = useState<Far | null>(null);
  const [report, setReport] = useState<Report | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  const work = useRef<AbortController | null>(null);

  async function run(list: File[], wanted: Options, dry: boolean) {
    work.current?.abort();
    const mine = new AbortController();
    work.current = mine;
    setFar({});
    setProblem(null);
    if (dry) setReport(null);
    try {
      const line = await follow({
        url: `/api/v1/orgs/${encodeURIComponent(org)}/imports`,
        body: formOf(list, wanted, dry),
        signal: mine.signal,
        onFar: (at) => work.current === mine && setFar(at),
      });
      if (!dry && line.report) remember(org, line.report);
      if (work.current === mine) setReport(line.report ?? null);
    } catch (error) {
      if (work.current === mine) setProblem(error);
    }
    if (work.current !== mine) return;
    setFar(null);
    if (!dry) for (const key of ["imports", "members", "setup"]) void queries.invalidateQueries({ queryKey: [key, org] });
  }
  function choose(list: File[], wanted: Options) {
    setFiles(list);
    setOptions(wanted);
    if (list.length > 0) void run(list, wanted, true);
  }
  const cancelled = problem instanceof Failure && problem.code === "cancelled";
  const asksDates = problem instanceof Failure && problem.code === "dates_ambiguous";
  return (
    <>
      <section className="card stack" aria-labelledby="imports">
        <h1 id="imports">{t("imports.title")}</h1>
        <p className="note">{t("imports.lead")}</p>
        <Fields options={options} busy={far !== null} onOptions={(next) => choose(files, next)} asksDates={asksDates} />
        <div className="actions">
          <label htmlFor={id} className={files.length > 0 ? "btn" : "btn primary"}>
            {t(files.length > 0 ? "imports.other" : "imports.choose")}
          </label>
          <input
            id={id}
            type="file"
            multiple
            className="hidden"
            disabled={far !== null}
            onChange={(e) => {
              choose([...(e.target.files ?? [])], { ...options, aliases: {}, dates: "", map: "" });
              e.target.value = "";
            }}
          />
        </div>
        {files.length > 0 && <p className="file">{files.map((file) => file.name).join("、")}</p>}
        {far && <Progress far={far} onCancel={() => work.current?.abort()} />}
        {cancelled ? <Notice tone="warn">{t("imports.cancelled")}</Notice> : <FailureNotice error={problem} />}
        {report && !far && (
          <Found report={report} files={files} aliases={options.aliases} onAliases={(aliases) => choose(files, { ...options, aliases })} />
        )}
        {report?.dry_run && !far && (report.new > 0 || (!report.equals && report.members_created > 0)) && (
          <Button tone="primary" block onClick={() => void run(files, options, false)}>
            {t("imports.run", { count: report.new })}
          </Button>
        )}
        {problem !== null && !far && files.length > 0 && !asksDates && (
          <Button block onClick={() => void run(files, options, report === null)}>
            {t("imports.again")}
          </Button>
        )}
      </section>
      <History org={org} />
    </>
  );
}

const fresh = (): Options => ({
  zone: Intl.DateTimeFormat().resolvedOptions().timeZone || "Asia/Shanghai",
  makes: true,
  dates: "",
  map: "",
  aliases: {},
});

interface FieldsProps {
  options: Options;
  busy: boolean;
  asksDates: boolean;
  onOptions: (options: Options) => void;
}

/** Fields are what a person says about the files; what is under "more" is seldom needed, but the order of dates when the server asks for it. */
function Fields({ options, busy, asksDates, onOptions }: FieldsProps) {
  const { t, i18n } = useTranslation();
  const [map, setMap] = useState(options.map);
  return (
    <>
      <ChoiceField
        label={t("imports.zone")}
        help={t("imports.zone.help")}
        value={options.zone}
        disabled={busy}
        onText={(zone) => onOptions({ ...options, zone })}
        options={zones(options.zone, i18n.language)}
      />
      <CheckField
        label={t("imports.makes")}
        checked={options.makes}
        disabled={busy}
        onCheck={(makes) => onOptions({ ...options, makes })}
      />
      <details open={asksDates || options.dates !== "" || options.map !== ""}>
        <summary>{t("imports.more")}</summary>
        <div className="stack">
          <ChoiceField
            label={t("imports.dates")}
            help={t("imports.dates.help")}
            value={options.dates}
            disabled={busy}
            onText={(dates) => onOptions({ ...options, dates })}
            options={["", "ymd", "dmy", "mdy"].map((value) => ({ value, label: t(`imports.dates.${value || "auto"}`) }))}
          />
          <TextField
            label={t("imports.map")}
            help={t("imports.map.help")}
            value={map}
            disabled={busy}
            onText={setMap}
            onBlur={() => map !== options.map && onOptions({ ...options, map })}
          />
        </div>
      </details>
    </>
  );
}
