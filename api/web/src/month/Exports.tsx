import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api } from "../api/client";
import { download } from "../api/download";
import { Button } from "../ui/Button";
import { FailureNotice } from "../ui/Notice";
import { type By, filterOf, type Narrowing } from "./queries";

interface Props {
  org: string;
  month: string;
  /** to is the last date that there is anything of. */
  to: string;
  by: By;
  narrowing: Narrowing;
}

/** Exports hands out the month as files: what the tables show, and every day in the columns of a daily report. */
export function Exports({ org, month, to, by, narrowing }: Props) {
  const { t } = useTranslation();
  const query = filterOf(narrowing);
  const everybody = !narrowing.group && !narrowing.department; // the file of every day knows no filter
  const path = { org, month: `${month}.xlsx` };
  const members = useMutation({
    mutationFn: () =>
      download(api.GET("/api/v1/orgs/{org}/months/{month}", { params: { path, query }, parseAs: "blob" }), `daka-${month}.xlsx`),
  });
  const totals = useMutation({
    mutationFn: () =>
      download(
        api.GET("/api/v1/orgs/{org}/months/{month}/totals", { params: { path, query: { by, ...query } }, parseAs: "blob" }),
        `daka-${month}-${by}.xlsx`,
      ),
  });
  const days = useMutation({
    mutationFn: () =>
      download(
        api.GET("/api/v1/orgs/{org}/days/export", {
          params: { path: { org }, query: { from: `${month}-01`, to, columns: "report", format: "csv" } },
          parseAs: "blob",
        }),
        `daka-${month}-days.csv`,
      ),
  });
  const failed = [members, totals, days].find((one) => one.isError);
  return (
    <div className="exports">
      <div className="actions" role="group" aria-label={t("month.export")}>
        <Button small busy={members.isPending} onClick={() => members.mutate()}>
          {t("month.export.members")}
        </Button>
        <Button small busy={totals.isPending} onClick={() => totals.mutate()}>
          {t("month.export.totals")}
        </Button>
        {everybody && (
          <Button small busy={days.isPending} onClick={() => days.mutate()}>
            {t("month.export.days")}
          </Button>
        )}
      </div>
      {failed && <FailureNotice error={failed.error} />}
    </div>
  );
}
