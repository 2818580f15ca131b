import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Failure } from "../api/client";

interface Props {
  tone?: "bad" | "good" | "info" | "warn";
  children: ReactNode;
}

/** Notice is a short message in a box; a bad one is read out at once. */
export function Notice({ tone = "info", children }: Props) {
  return (
    <div className={`notice ${tone}`} role={tone === "bad" ? "alert" : "status"}>
      {children}
    </div>
  );
}

/** FailureNotice says what went wrong in the server's words, and which fields to mend. */
export function FailureNotice({ error }: { error: unknown }) {
  const { t } = useTranslation();
  if (!error) return null;
  const failure = error instanceof Failure ? error : null;
  if (failure?.code === "step_up_required") return <Notice tone="bad">{t("stepup.needed")}</Notice>;
  return (
    <Notice tone="bad">
      <span>{failure?.message || t(failure && failure.status > 0 ? "error.server" : "error.network")}</span>
      {failure && failure.fields.length > 0 && (
        <ul>
          {failure.fields.map((field) => (
            <li key={field.pointer + field.text}>
              {labelOf(field.pointer, t)} {field.text}
            </li>
          ))}
        </ul>
      )}
      {failure && failure.retryAfter > 1 && <p>{t("error.wait", { n: failure.retryAfter })}</p>}
      {failure?.undecided && <p>{t("error.same")}</p>}
    </Notice>
  );
}

/** labelOf is a field as people know it; a pointer into a document is nobody's word, so an unknown field is left out. */
function labelOf(pointer: string, t: (word: string, otherwise: string) => string): string {
  const parts = pointer.split(/[/.]/).filter((part) => part !== "" && !["body", "query", "path"].includes(part));
  const place = parts.find((part) => /^\d+$/.test(part));
  const name = t(`pointer.${parts.filter((part) => !/^\d+$/.test(part)).at(-1) ?? ""}`, "");
  return [name, place !== undefined && name ? String(Number(place) + 1) : ""].filter(Boolean).join(" ");
}
