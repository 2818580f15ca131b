import { useQueryClient } from "@tanstack/react-query";
import { useId } from "react";
import { useTranslation } from "react-i18next";
import { useCommand } from "../api/command";
import { markOf, uploadAvatar } from "../api/files";
import type { Me } from "../shell/seat";
import { Avatar } from "../ui/Avatar";
import { FailureNotice } from "../ui/Notice";

/** AvatarField shows the own picture and takes another. */
export function AvatarField({ me }: { me: Me }) {
  const { t } = useTranslation();
  const id = useId();
  const queries = useQueryClient();
  const upload = useCommand(
    ({ picture }: { picture: File; mark: string }, key) => uploadAvatar(picture, key),
    () => queries.invalidateQueries({ queryKey: ["me"] }),
  );
  return (
    <div className="photo">
      <Avatar name={me.name ?? ""} file={me.avatar} size={64} />
      <label htmlFor={id} className="btn small" aria-busy={upload.isPending || undefined}>
        {t("profile.avatar")}
      </label>
      <input
        id={id}
        type="file"
        className="hidden"
        accept="image/jpeg,image/png,image/webp"
        onChange={(e) => {
          const file = e.target.files?.[0];
          if (file) upload.mutate({ picture: file, mark: markOf(file) });
          e.target.value = "";
        }}
      />
      <FailureNotice error={upload.error} />
    </div>
  );
}
