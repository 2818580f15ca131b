import { useTranslation } from "react-i18next";
import { choicesOf, useDepartments, useGroups } from "../console/queries";
import { today } from "../dashboard/time";
import { asMonth, setParams, useLayer, useParam } from "../lib/address";
import { lastOf, monthName, moveMonth } from "../home/month";
import { Trouble } from "../shell/states";
import { Button } from "../ui/Button";
import { ChoiceField } from "../ui/Field";
import { Loading } from "../ui/Loading";
import { Exports } from "./Exports";
import { MemberMonth } from "./MemberMonth";
import { type Row, FigureTable } from "./FigureTable";
import { type By, type Narrowing, useMonths, useTotals } from "./queries";

/** MonthPage is an organization's month: added up by group or department, and member by member. */
export function MonthPage({ org, zone }: { org: string; zone: string }) {
  const { t, i18n } = useTranslation();
  const now = today(zone);
  const [chosen, setMonth] = useParam("month");
  const month = asMonth(chosen, now.slice(0, 7));
  const [byText, setBy] = useParam("by", "group");
  const by: By = byText === "department" ? "department" : "group";
  const [group] = useParam("group");
  const [department] = useParam("department");
  const narrowing = { group, department };
  const [open, setOpen, close] = useLayer("member");
  const totals = useTotals(org, month, by, narrowing);
  const to = lastOf(month) < now ? lastOf(month) : now;
  if (totals.isError && !totals.data) return <Trouble error={totals.error} retry={() => void totals.refetch()} />;
  if (!totals.data) return <Loading />;
  const none = t(by === "group" ? "month.none" : "month.none.department");
  const empty = t(narrowing.group || narrowing.department ? "month.empty.filtered" : "month.empty");
  return (
    <main className="page">
      <div className="head">
        <h1>{t("month.title")}</h1>
        <div className="when">
          <Button small aria-label={t("month.previous")} onClick={() => setMonth(moveMonth(month, -1))}>
            ‹
          </Button>
          <strong aria-live="polite">{monthName(month, i18n.language)}</strong>
          <Button small aria-label={t("month.next")} disabled={month >= now.slice(0, 7)} onClick={() => setMonth(moveMonth(month, 1))}>
            ›
          </Button>
        </div>
      </div>
      <Narrow org={org} narrowing={narrowing} onNarrow={(n) => setParams({ ...n })} />
      <Exports org={org} month={month} to={to} by={by} narrowing={narrowing} />
      {totals.data.stale && (
        <p className="note" role="status">
          {t("month.stale")}
        </p>
      )}
      <section className="card month-card fading" aria-labelledby="totals-title" aria-busy={totals.isPlaceholderData}>
        <div className="filters">
          <h2 id="totals-title">{t("month.totals")}</h2>
          <div className="tabs by" role="group" aria-label={t("month.by")}>
            <button type="button" aria-pressed={by === "group"} onClick={() => setBy("group")}>
              {t("month.by.group")}
            </button>
            <button type="button" aria-pressed={by === "department"} onClick={() => setBy("department")}>
              {t("month.by.department")}
            </button>
          </div>
        </div>
        {totals.data.items.length === 0 ? (
          <p className="note">{empty}</p>
        ) : (
          <FigureTable head="" rows={totals.data.items.map((x) => ({ id: x.id, name: x.name || none, people: x.members, figures: x }))} />
        )}
      </section>
      <Members org={org} month={month} narrowing={narrowing} empty={empty} onOpen={(row) => setOpen(row.id)} />
      <p className="when-long foot">{t("month.note")}</p>
      {open && <MemberMonth org={org} member={open} month={month} to={to} zone={zone} onClose={close} />}
    </main>
  );
}

interface Narrow {
  org: string;
  narrowing: Narrowing;
  onNarrow: (n: Narrowing) => void;
}

/** Narrow chooses whose month it is, in the tables and in the files of them. */
function Narrow({ org, narrowing, onNarrow }: Narrow) {
  const { t } = useTranslation();
  const groups = useGroups(org);
  const departments = useDepartments(org);
  return (
    <div className="two narrowing">
      <ChoiceField
        label={t("month.group")}
        value={narrowing.group}
        options={choicesOf(groups.data?.items, t("month.everybody"))}
        onText={(group) => onNarrow({ ...narrowing, group })}
      />
      <ChoiceField
        label={t("month.department")}
        value={narrowing.department}
        options={choicesOf(departments.data?.items, t("month.everybody"))}
        onText={(department) => onNarrow({ ...narrowing, department })}
      />
    </div>
  );
}

interface Members {
  org: string;
  month: string;
  narrowing: Narrowing;
  empty: string;
  onOpen: (row: Row) => void;
}

function Members({ org, month, narrowing, empty, onOpen }: Members) {
  const { t } = useTranslation();
  const months = useMonths(org, month, narrowing);
  const rows = (months.data?.pages ?? [])
    .flatMap((page) => page.items ?? [])
    .map((m) => ({ id: m.member, name: m.name || m.number, number: m.number, figures: m }));
  return (
    <section className="card month-card fading" aria-labelledby="members-title" aria-busy={months.isPlaceholderData}>
      <h2 id="members-title">{t("month.members")}</h2>
      {months.isError && rows.length === 0 && <Trouble error={months.error} retry={() => void months.refetch()} />}
      {months.isPending && <Loading />}
      {months.isSuccess && rows.length === 0 && <p className="note">{empty}</p>}
      {rows.length > 0 && <FigureTable head={t("month.member")} rows={rows} onOpen={onOpen} />}
      {months.hasNextPage && (
        <Button block busy={months.isFetchingNextPage} onClick={() => void months.fetchNextPage()}>
          {t("month.more")}
        </Button>
      )}
    </section>
  );
}
