import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "raviger";
import { contactOf, type Credentials, signIn } from "../api/account";
import { expired } from "../api/expired";
import { Button } from "../ui/Button";
import { TextField } from "../ui/Field";
import { FailureNotice, Notice } from "../ui/Notice";
import { PasswordField } from "../ui/PasswordField";
import { checkCode, checkFilled } from "./check";
import { CodeField } from "./CodeField";
import { DoorCard } from "./DoorCard";
import { useForm } from "./useForm";

type Way = "password" | "code";

/** SignIn opens the door with a password or a code, for a phone, an e-mail address, or number@handle. */
export function SignIn({ onDone }: { onDone: () => Promise<void> }) {
  const { t } = useTranslation();
  const [way, setWay] = useState<Way>("password");
  const form = useForm({ login: "", secret: "" }, { login: checkFilled, secret: way === "code" ? checkCode : checkFilled });
  const enter = useMutation({ mutationFn: (body: Credentials) => signIn(body), onSuccess: onDone });
  const { login, secret } = form.values;

  function turn(to: Way) {
    setWay(to);
    form.set("secret")("");
    enter.reset();
  }
  return (
    <DoorCard title={t("signin.title")}>
      {expired() && <Notice>{t("signin.expired")}</Notice>}
      <div className="tabs" role="group" aria-label={t("signin.way")}>
        <button type="button" aria-pressed={way === "password"} onClick={() => turn("password")}>
          {t("signin.password")}
        </button>
        <button type="button" aria-pressed={way === "code"} onClick={() => turn("code")}>
          {t("signin.code")}
        </button>
      </div>
      <form
        noValidate
        onSubmit={form.submit(() =>
          enter.mutate(way === "code" ? { login: login.trim(), code: secret } : { login: login.trim(), password: secret }),
        )}
      >
        <TextField
          label={t(way === "code" ? "contact" : "login")}
          value={login}
          problem={form.problem("login")}
          onText={form.set("login")}
          name="username"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          placeholder={t(way === "code" ? "contact.hint" : "login.hint")}
        />
        {way === "password" ? (
          <PasswordField label={t("password")} value={secret} problem={form.problem("secret")} onText={form.set("secret")} />
        ) : (
          <CodeField
            to={login.trim() ? contactOf(login) : null}
            purpose="login"
            value={secret}
            problem={form.problem("secret")}
            onText={form.set("secret")}
            onMissing={form.touch}
          />
        )}
        <FailureNotice error={enter.error} />
        <Button tone="primary" block type="submit" busy={enter.isPending}>
          {t("signin.submit")}
        </Button>
      </form>
      <p className="ways-out">
        <Link href="/signup">{t("signup.link")}</Link>
        <Link href="/reset">{t("reset.link")}</Link>
      </p>
      <p className="tucked">
        <Link href="/token">{t("token.link")}</Link>
      </p>
    </DoorCard>
  );
}
