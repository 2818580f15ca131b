import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { changeMe, contactOf, type ProfileChange, setPassword } from "../api/account";
import { useCommand } from "../api/command";
import { checkCode, checkEmail, checkFilled, checkPassword, checkPhone } from "../door/check";
import { CodeField } from "../door/CodeField";
import { useForm } from "../door/useForm";
import { changeLanguage } from "../i18n";
import type { Me } from "../shell/seat";
import { Button } from "../ui/Button";
import { ChoiceField, TextField } from "../ui/Field";
import { FailureNotice, Notice } from "../ui/Notice";
import { PasswordField } from "../ui/PasswordField";
import { AvatarField } from "./AvatarField";
import { Seats } from "./Seats";

/** Profile is one's own account: name, picture, language, phone, e-mail and password. */
export function Profile({ me }: { me: Me }) {
  const { t } = useTranslation();
  return (
    <main className="page narrow">
      <div className="head">
        <h1>{t("account.profile")}</h1>
      </div>
      <section className="card">
        <AvatarField me={me} />
        <Basics me={me} />
      </section>
      <section className="card">
        <h2>{t("profile.contacts")}</h2>
        <ContactForm kind="phone" now={me.phone ?? ""} />
        <ContactForm kind="email" now={me.email ?? ""} />
      </section>
      <section className="card">
        <h2>{t("profile.password")}</h2>
        <PasswordForm />
      </section>
      <Seats me={me} />
    </main>
  );
}

function useChange(done?: () => void) {
  const queries = useQueryClient();
  return useCommand(
    (body: ProfileChange, key) => changeMe(body, key),
    () => {
      done?.();
      void queries.invalidateQueries({ queryKey: ["me"] });
    },
  );
}

function Basics({ me }: { me: Me }) {
  const { t } = useTranslation();
  const form = useForm({ name: me.name ?? "", language: me.language }, { name: checkFilled });
  const change = useChange(() => {
    if (form.values.language === "zh" || form.values.language === "en") void changeLanguage(form.values.language);
  });
  return (
    <form
      noValidate
      onSubmit={form.submit(({ name, language }) =>
        change.mutate({ name: name.trim(), ...(language === "zh" || language === "en" ? { language } : {}) }),
      )}
    >
      <TextField
        label={t("name")}
        value={form.values.name}
        problem={form.problem("name")}
        onText={form.set("name")}
        autoComplete="name"
        maxLength={100}
      />
      <ChoiceField
        label={t("profile.language")}
        value={form.values.language}
        onText={form.set("language")}
        options={[
          { value: "zh", label: "中文" },
          { value: "en", label: "English" },
        ]}
      />
      <FailureNotice error={change.error} />
      {change.isSuccess && <Notice tone="good">{t("saved")}</Notice>}
      <Button tone="primary" type="submit" busy={change.isPending}>
        {t("save")}
      </Button>
    </form>
  );
}

/** ContactForm changes the phone or the e-mail; a code shows that it is one's own. */
function ContactForm({ kind, now }: { kind: "phone" | "email"; now: string }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const check = kind === "phone" ? checkPhone : checkEmail;
  const form = useForm({ contact: "", code: "" }, { contact: check, code: checkCode });
  const change = useChange(() => {
    setOpen(false);
    form.reset();
  });
  const { contact, code } = form.values;
  if (!open) {
    return (
      <div className="pair">
        <span className="label">{t(kind)}</span>
        <span>{now || t("none")}</span>
        <Button small onClick={() => setOpen(true)}>
          {t(now ? "change" : "add")}
        </Button>
      </div>
    );
  }
  const body = kind === "phone" ? { phone: contact.trim(), phone_code: code } : { email: contact.trim(), email_code: code };
  return (
    <form noValidate className="inset" onSubmit={form.submit(() => change.mutate(body))}>
      <TextField
        label={t(`profile.${kind}.new`)}
        value={contact}
        problem={form.problem("contact")}
        onText={form.set("contact")}
        type={kind === "phone" ? "tel" : "email"}
        autoComplete={kind === "phone" ? "tel" : "email"}
      />
      <CodeField
        to={check(contact) ? null : contactOf(contact)}
        purpose={kind}
        value={code}
        problem={form.problem("code")}
        onText={form.set("code")}
        onMissing={form.touch}
      />
      <FailureNotice error={change.error} />
      <div className="actions">
        <Button tone="primary" type="submit" busy={change.isPending}>
          {t("save")}
        </Button>
        <Button tone="text" onClick={() => setOpen(false)}>
          {t("cancel")}
        </Button>
      </div>
    </form>
  );
}

function PasswordForm() {
  const { t } = useTranslation();
  const form = useForm({ old: "", password: "" }, { password: checkPassword });
  const change = useMutation({ mutationFn: () => setPassword(form.values), onSuccess: form.reset });
  return (
    <form noValidate onSubmit={form.submit(() => change.mutate())}>
      <PasswordField label={t("password.old")} value={form.values.old} onText={form.set("old")} />
      <PasswordField
        label={t("password.new")}
        value={form.values.password}
        fresh
        problem={form.problem("password")}
        help={t("password.help")}
        onText={form.set("password")}
      />
      <FailureNotice error={change.error} />
      {change.isSuccess && <Notice tone="good">{t("password.changed")}</Notice>}
      <Button type="submit" busy={change.isPending}>
        {t("password.change")}
      </Button>
    </form>
  );
}
