import { Alert, Button, Input } from "antd";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { signIn } from "../api/session";

/** SignIn takes the administrator token; people's accounts come through another door. */
export function SignIn({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation();
  const [token, setToken] = useState("");
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (token.trim() === "") {
      setProblem(t("signin.empty"));
      return;
    }
    setBusy(true);
    const outcome = await signIn(token.trim());
    setBusy(false);
    if (outcome === "in") onDone();
    else setProblem(t(outcome === "wrong" ? "signin.wrong" : "error.network"));
  }

  return (
    <main className="center">
      <form className="card door" onSubmit={(event) => void submit(event)}>
        <h1>{t("signin.title")}</h1>
        <label htmlFor="token">{t("signin.token")}</label>
        <Input.Password
          id="token"
          size="large"
          value={token}
          autoFocus
          autoComplete="current-password"
          status={problem ? "error" : ""}
          onChange={(event) => setToken(event.target.value)}
        />
        <p>{t("signin.help")}</p>
        {problem && <Alert type="error" showIcon title={problem} style={{ marginBottom: 12 }} />}
        <Button type="primary" size="large" htmlType="submit" block loading={busy}>
          {t("signin.submit")}
        </Button>
      </form>
    </main>
  );
}
