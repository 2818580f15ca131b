import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "raviger";
import { contactOf, setPassword, signIn } from "../api/account";
import { Button } from "../ui/Button";
import { TextField } from "../ui/Field";
import { FailureNotice } from "../ui/Notice";
import { PasswordField } from "../ui/PasswordField";
import { checkCode, checkContact, checkPassword } from "./check";
import { CodeField } from "./CodeField";
import { DoorCard } from "./DoorCard";
import { useForm } from "./useForm";

/** Reset sets a new password by code, and signs in with it. */
export function Reset({ onDone }: { onDone: () => Promise<void> }) {
  const { t } = useTranslation();
  const form = useForm({ contact: "", code: "", password: "" }, { contact: checkContact, code: checkCode, password: checkPassword });
  const { contact, code, password } = form.values;
  const change = useMutation({
    mutationFn: async () => {
      await setPassword({ ...contactOf(contact), code, password });
      await signIn({ login: contact.trim(), password });
    },
    onSuccess: onDone,
  });
  return (
    <DoorCard title={t("reset.title")}>
      <form noValidate onSubmit={form.submit(() => change.mutate())}>
        <TextField
          label={t("contact")}
          value={contact}
          problem={form.problem("contact")}
          onText={form.set("contact")}
          name="username"
          autoComplete="username"
          autoCapitalize="none"
          placeholder={t("contact.hint")}
        />
        <CodeField
          to={checkContact(contact) ? null : contactOf(contact)}
          purpose="reset"
          value={code}
          problem={form.problem("code")}
          onText={form.set("code")}
          onMissing={form.touch}
        />
        <PasswordField
          label={t("password.new")}
          value={password}
          fresh
          problem={form.problem("password")}
          help={t("password.help")}
          onText={form.set("password")}
        />
        <FailureNotice error={change.error} />
        <Button tone="primary" block type="submit" busy={change.isPending}>
          {t("reset.submit")}
        </Button>
      </form>
      <p className="ways-out">
        <Link href="/signin">{t("signin.link")}</Link>
      </p>
    </DoorCard>
  );
}
