import { useTranslation } from "react-i18next";
import type { Word } from "./word";

export interface Tile {
  key: string;
  word: Word;
  figure: number;
  tone: "good" | "warn" | "bad" | "info" | "calm" | "";
}

interface Props {
  tiles: Tile[];
  of: number;
  chosen: string;
  /** busy says that these are the figures of what was looked at before. */
  busy: boolean;
  onChoose: (key: string) => void;
}

/** Tiles are the figures of the day; choosing one filters the members below. */
export function Tiles({ tiles, of, chosen, busy, onChoose }: Props) {
  const { t } = useTranslation();
  return (
    <div className="tiles fading" aria-busy={busy}>
      {tiles.map((tile) => (
        <button
          key={tile.key}
          type="button"
          className="tile"
          aria-pressed={chosen === tile.key}
          onClick={() => onChoose(chosen === tile.key ? "" : tile.key)}
        >
          <span className="label">{t(tile.word)}</span>
          <span className={`figure ${tile.figure > 0 ? tile.tone : ""}`}>{tile.figure}</span>
          <span className="share">{share(tile.figure, of)}</span>
        </button>
      ))}
    </div>
  );
}

/** share is the part of the whole in per cent, empty without a whole. */
export function share(part: number, whole: number): string {
  if (whole <= 0) return "";
  return `${Math.round((part * 1000) / whole) / 10}%`;
}
