import { useMutation } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { stepUp } from "../api/account";
import { onStepUp } from "../api/stepup";
import { checkCode, checkFilled } from "../door/check";
import { CodeField } from "../door/CodeField";
import { useForm } from "../door/useForm";
import { Button } from "../ui/Button";
import { FailureNotice } from "../ui/Notice";
import { PasswordField } from "../ui/PasswordField";
import { Sheet } from "../ui/Sheet";
import type { Me } from "./seat";

/** StepUp asks who is there once more when the server wants to know, over whatever is open; what was being done then goes on. */
export function StepUp({ me }: { me: Me }) {
  const [done, setDone] = useState<((shown: boolean) => void) | null>(null);
  useEffect(() => onStepUp(() => new Promise((resolve) => setDone(() => resolve))), []);
  if (!done) return null;
  const end = (shown: boolean) => {
    setDone(null);
    done(shown);
  };
  return <Question password={me.password === true} phone={me.phone ?? ""} onEnd={end} />;
}

function Question({ password: has, phone, onEnd }: { password: boolean; phone: string; onEnd: (shown: boolean) => void }) {
  const { t } = useTranslation();
  const [byCode, setByCode] = useState(!has);
  const show = useMutation({ mutationFn: stepUp, onSuccess: () => onEnd(true) });
  const form = useForm({ password: "", code: "" }, byCode ? { code: checkCode } : { password: checkFilled });
  const turn = () => {
    setByCode(!byCode);
    form.reset();
    show.reset();
  };
  return (
    <Sheet title={t("stepup.title")} firm onClose={() => onEnd(false)}>
      <form noValidate onSubmit={form.submit(({ password, code }) => show.mutate(byCode ? { code } : { password }))}>
        <p className="lead">{t(byCode ? "stepup.code" : "stepup.password", { phone })}</p>
        {byCode ? (
          <CodeField
            to={{}}
            purpose="step-up"
            value={form.values.code}
            problem={form.problem("code")}
            onText={form.set("code")}
            onMissing={form.touch}
          />
        ) : (
          <PasswordField
            label={t("password")}
            value={form.values.password}
            problem={form.problem("password")}
            onText={form.set("password")}
          />
        )}
        <FailureNotice error={show.error} />
        <div className="actions">
          <Button tone="primary" type="submit" busy={show.isPending}>
            {t("stepup.submit")}
          </Button>
          <Button tone="text" onClick={() => onEnd(false)}>
            {t("cancel")}
          </Button>
        </div>
        {has && (
          <p className="ways-out">
            <Button tone="text" small onClick={turn}>
              {t(byCode ? "stepup.by.password" : "stepup.by.code")}
            </Button>
          </p>
        )}
      </form>
    </Sheet>
  );
}
