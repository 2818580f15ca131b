import { useTranslation } from "react-i18next";
import { Link } from "raviger";
import { contactOf, register, type Registration } from "../api/account";
import { useCommand } from "../api/command";
import { Button } from "../ui/Button";
import { TextField } from "../ui/Field";
import { FailureNotice } from "../ui/Notice";
import { PasswordField } from "../ui/PasswordField";
import { checkCode, checkFilled, checkPassword, checkPhone } from "./check";
import { CodeField } from "./CodeField";
import { DoorCard } from "./DoorCard";
import { useForm } from "./useForm";

/** SignUp makes an account from a phone number, a code, a password and a name. */
export function SignUp({ onDone }: { onDone: () => Promise<void> }) {
  const { t, i18n } = useTranslation();
  const form = useForm(
    { phone: "", code: "", name: "", password: "" },
    { phone: checkPhone, code: checkCode, name: checkFilled, password: checkPassword },
  );
  const enter = useCommand(
    (body: Registration, key) => register(body, key),
    () => void onDone(),
  );
  const { phone, code, name, password } = form.values;
  const language = i18n.language === "zh" ? "zh" : "en";
  return (
    <DoorCard title={t("signup.title")}>
      <form noValidate onSubmit={form.submit(() => enter.mutate({ phone: phone.trim(), code, name: name.trim(), password, language }))}>
        <TextField
          label={t("phone")}
          value={phone}
          problem={form.problem("phone")}
          onText={form.set("phone")}
          help={t("phone.help")}
          type="tel"
          name="username"
          inputMode="tel"
          autoComplete="tel"
          placeholder={t("phone.hint")}
        />
        <CodeField
          to={checkPhone(phone) ? null : contactOf(phone)}
          purpose="register"
          value={code}
          problem={form.problem("code")}
          onText={form.set("code")}
          onMissing={form.touch}
        />
        <TextField
          label={t("name")}
          value={name}
          problem={form.problem("name")}
          onText={form.set("name")}
          autoComplete="name"
          maxLength={100}
        />
        <PasswordField
          label={t("password")}
          value={password}
          fresh
          problem={form.problem("password")}
          help={t("password.help")}
          onText={form.set("password")}
        />
        <FailureNotice error={enter.error} />
        <Button tone="primary" block type="submit" busy={enter.isPending}>
          {t("signup.submit")}
        </Button>
      </form>
      <p className="ways-out">
        <Link href="/signin">{t("signin.link")}</Link>
      </p>
    </DoorCard>
  );
}
