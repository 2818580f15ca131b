import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { answer, api, reply } from "../api/client";
import { Button } from "../ui/Button";
import { Loading } from "../ui/Loading";
import { FailureNotice } from "../ui/Notice";

/** Sessions lists where one is signed in, and ends them. */
export function Sessions() {
  const { t, i18n } = useTranslation();
  const queries = useQueryClient();
  const sessions = useQuery({ queryKey: ["sessions"], queryFn: () => answer(api.GET("/api/v1/me/sessions")) });
  const end = useMutation({
    mutationFn: (session: string) => reply(api.DELETE("/api/v1/me/sessions/{session}", { params: { path: { session } } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["sessions"] }),
  });
  const rest = useMutation({
    mutationFn: () => reply(api.DELETE("/api/v1/me/sessions")),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["sessions"] }),
  });
  if (sessions.isPending) return <Loading />;
  const when = new Intl.DateTimeFormat(i18n.language === "zh" ? "zh-CN" : "en-GB", { dateStyle: "medium", timeStyle: "short" });
  return (
    <main className="page narrow">
      <div className="head">
        <h1>{t("account.sessions")}</h1>
      </div>
      <p className="lead">{t("sessions.lead")}</p>
      <section className="card">
        <FailureNotice error={sessions.error ?? end.error ?? rest.error} />
        <ul className="rows">
          {(sessions.data?.items ?? []).map((s) => (
            <li key={s.id}>
              <div className="who">
                <strong>{s.agent || t("sessions.unknown")}</strong>
                <p className="note">
                  {t("sessions.seen", { when: when.format(new Date(s.seen)) })}
                  <br />
                  {t("sessions.idle", { when: when.format(new Date(s.idle)) })}
                </p>
              </div>
              {s.current ? (
                <span className="pill good">{t("sessions.this")}</span>
              ) : (
                <Button small tone="danger" onClick={() => end.mutate(s.id)}>
                  {t("sessions.end")}
                </Button>
              )}
            </li>
          ))}
        </ul>
        {(sessions.data?.items ?? []).length > 1 && (
          <Button busy={rest.isPending} onClick={() => rest.mutate()}>
            {t("sessions.rest")}
          </Button>
        )}
      </section>
    </main>
  );
}
