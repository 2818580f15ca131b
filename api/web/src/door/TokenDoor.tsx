import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "raviger";
import { signIn } from "../api/account";
import { Button } from "../ui/Button";
import { FailureNotice } from "../ui/Notice";
import { PasswordField } from "../ui/PasswordField";
import { checkFilled } from "./check";
import { DoorCard } from "./DoorCard";
import { useForm } from "./useForm";

/** TokenDoor takes the administrator token of the one who runs the server. */
export function TokenDoor({ onDone }: { onDone: () => Promise<void> }) {
  const { t } = useTranslation();
  const form = useForm({ token: "" }, { token: checkFilled });
  const enter = useMutation({ mutationFn: (token: string) => signIn({ token }), onSuccess: onDone });
  return (
    <DoorCard title={t("token.title")}>
      <form noValidate onSubmit={form.submit(({ token }) => enter.mutate(token.trim()))}>
        <PasswordField
          label={t("token")}
          value={form.values.token}
          problem={form.problem("token")}
          help={t("token.help")}
          onText={form.set("token")}
        />
        <FailureNotice error={enter.error} />
        <Button tone="primary" block type="submit" busy={enter.isPending}>
          {t("signin.submit")}
        </Button>
      </form>
      <p className="ways-out">
        <Link href="/signin">{t("signin.link")}</Link>
      </p>
    </DoorCard>
  );
}
