import { useTranslation } from "react-i18next";
import type { Word } from "./word";

export interface Tile {
  key: string;
  word: Word;
  figure: number;
}

interface Props {
  expected: number;
  /** parts add up to expected. */
  parts: Tile[];
  /** among overlap, and stand apart. */
  among: Tile[];
  chosen: string;
  /** busy says that these are the figures of what was looked at before. */
  busy: boolean;
  onChoose: (key: string) => void;
}

/** Tiles are the figures of the day: those expected and the parts that add up to them; counts that overlap stand apart. Each opens its list. */
export function Tiles({ expected, parts, among, chosen, busy, onChoose }: Props) {
  const { t } = useTranslation();
  const tile = ({ key, word, figure }: Tile) => (
    <button key={key} type="button" className="tile" aria-pressed={chosen === key} onClick={() => onChoose(chosen === key ? "" : key)}>
      <span className="label">{t(word)}</span> <span className="figure">{figure}</span>
    </button>
  );
  return (
    <div className="fading sums" aria-busy={busy}>
      <div className="tiles" role="group" aria-label={t("sum")}>
        {tile({ key: "", word: "expected", figure: expected })}
        {parts.map(tile)}
      </div>
      <div className="among" role="group" aria-label={t("among")}>
        <span className="note">{t("among")}</span>
        {among.map(({ key, word, figure }) => (
          <button
            key={key}
            type="button"
            className="chip"
            aria-pressed={chosen === key}
            onClick={() => onChoose(chosen === key ? "" : key)}
          >
            {t(word)} <b>{figure}</b>
          </button>
        ))}
      </div>
    </div>
  );
}
