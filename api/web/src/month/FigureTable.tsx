import { Scroll } from "../ui/Scroll";
import { useTranslation } from "react-i18next";
import { COLUMNS, type Figures } from "./figures";
import type { Word } from "./word";

/** Row is a member or a total. */
export interface Row {
  id: string;
  name: string;
  number?: string;
  people?: number;
  figures: Figures;
}

interface Props {
  head: string;
  rows: Row[];
  onOpen?: (row: Row) => void;
}

/** FigureTable shows months line by line; on a phone it keeps what somebody has to look after. */
export function FigureTable({ head, rows, onOpen }: Props) {
  const { t } = useTranslation();
  const say = (word: Word, values?: Record<string, string | number>): string => t(word, values ?? {});
  const counted = rows.some((row) => row.people !== undefined);
  return (
    <Scroll label={head || t("month.totals")}>
      <table className="days figures">
        <thead>
          <tr>
            <th scope="col">{head}</th>
            {counted && (
              <th scope="col" className="wide">
                {t("month.people")}
              </th>
            )}
            {COLUMNS.map((column) => (
              <th key={column.word} scope="col" className={column.narrow ? "" : "wide"}>
                {t(column.word)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.id}>
              <th scope="row">
                {onOpen ? (
                  <button
                    type="button"
                    className="inline name"
                    aria-label={t("month.open", { name: row.name })}
                    onClick={() => onOpen(row)}
                  >
                    {row.name}
                  </button>
                ) : (
                  row.name
                )}
                {row.number && row.number !== row.name && <div className="sub">{row.number}</div>}
              </th>
              {counted && <td className="wide">{row.people}</td>}
              {COLUMNS.map((column) => {
                const cell = column.cell(row.figures, say);
                return (
                  <td key={column.word} className={column.narrow ? "" : "wide"}>
                    <span className={cell.tone}>{cell.text}</span>
                    {cell.sub && <div className="sub">{cell.sub}</div>}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}
