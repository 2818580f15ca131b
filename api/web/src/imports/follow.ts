import i18next from "i18next";
import { Failure, failureOf, type Schema } from "../api/client";
import { untouchedFor } from "../api/touch";

export interface Asked {
  number: string;
  like: string[];
  lines: number;
}

/** Report is what an import did, or what a dry run says that it would do. */
export type Report = Schema["ImportFinished"] & {
  position: string;
  dry_run?: boolean;
  new: number;
  equals?: string;
  made?: string[];
  moved?: { number: string; from: string; to: string }[];
  asked?: Asked[];
};

export type Reverted = Schema["ImportReverted"] & { position: string };

export interface Reviewed {
  reviewed: number;
  before: number;
  own: number;
}

/** Far says which stage the work is in, and how far. */
export interface Far {
  stage?: "reading" | "members" | "punches";
  done?: number;
  total?: number;
  waiting?: string;
}

type Line = Far & {
  report?: Report;
  reverted?: Reverted;
  reviewed?: Reviewed;
  problem?: { status?: number; code?: string; detail?: string };
};

export interface Options {
  zone: string;
  makes: boolean;
  dates: string;
  map: string;
  aliases: Record<string, string>;
}

/** formOf is the form of an import as the server takes it; an alias names, for a number of the files, whose it is. */
export function formOf(files: File[], options: Options, dry: boolean): FormData {
  const form = new FormData();
  const aliases = Object.entries(options.aliases).filter(([, member]) => member !== "");
  const fields: Record<string, string> = {
    zone: options.zone,
    create_members: String(options.makes),
    dates: options.dates,
    map: options.map,
    alias: aliases.map(([number, member]) => `${number}=${member}`).join(","),
    dry_run: String(dry),
  };
  for (const [name, value] of Object.entries(fields)) if (value) form.append(name, value);
  for (const file of files) form.append("file", file, file.name);
  return form;
}

/** LineCutter cuts what comes in pieces into lines of JSON; a line that has not ended waits for its rest. */
export class LineCutter {
  private rest = "";

  take(piece: string): Line[] {
    const parts = (this.rest + piece).split("\n");
    this.rest = parts.pop() ?? "";
    return parts.filter((part) => part.trim() !== "").map((part) => JSON.parse(part) as Line);
  }
}

export interface Followed {
  url: string;
  body: FormData | string;
  key?: string;
  signal?: AbortSignal;
  onFar: (far: Far) => void;
}

/** follow sends work and tells how far it is, until its last line comes: a report, or the problem as a Failure. */
export async function follow({ url, body, key, signal, onFar }: Followed): Promise<Line> {
  let response: Response;
  try {
    response = await fetch(url, {
      method: "POST",
      body,
      ...(signal && { signal }),
      headers: {
        Accept: "application/x-ndjson",
        "Accept-Language": i18next.language,
        "Daka-Idle": String(untouchedFor()),
        ...(typeof body === "string" && { "Content-Type": "application/json" }),
        ...(key && { "Idempotency-Key": key }),
      },
    });
  } catch (error) {
    throw gone(error);
  }
  if (!response.ok || !response.body) throw failureOf(response, await response.json().catch(() => null));
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  const cutter = new LineCutter();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) throw new Failure(0, "unreachable", "");
      for (const line of cutter.take(value)) {
        if (line.problem) throw new Failure(line.problem.status ?? 500, line.problem.code ?? "unknown", line.problem.detail ?? "");
        if (line.report || line.reverted || line.reviewed) return line;
        onFar(line);
      }
    }
  } catch (error) {
    throw error instanceof Failure ? error : gone(error);
  }
}

const gone = (error: unknown) =>
  new Failure(0, error instanceof DOMException && error.name === "AbortError" ? "cancelled" : "unreachable", "");
