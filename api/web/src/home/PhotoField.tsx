import { useEffect, useId, useMemo } from "react";
import { useTranslation } from "react-i18next";

interface Props {
  required: boolean;
  picture: File | null;
  onPick: (picture: File | null) => void;
}

/** PhotoField takes a picture with the camera, or one from the device where there is no camera. */
export function PhotoField({ required, picture, onPick }: Props) {
  const { t } = useTranslation();
  const id = useId();
  const url = useMemo(() => (picture ? URL.createObjectURL(picture) : ""), [picture]);
  useEffect(
    () => () => {
      if (url) URL.revokeObjectURL(url);
    },
    [url],
  );
  return (
    <div className="photo">
      <label htmlFor={id} className="btn">
        {t(picture ? "punch.photo.other" : required ? "punch.photo.required" : "punch.photo")}
      </label>
      <input
        id={id}
        type="file"
        className="hidden"
        accept="image/jpeg,image/png,image/webp"
        capture="user"
        onChange={(e) => {
          onPick(e.target.files?.[0] ?? null);
          e.target.value = "";
        }}
      />
      {picture && <img src={url} alt={t("punch.photo.chosen")} />}
      {picture && (
        <button type="button" className="inline" onClick={() => onPick(null)}>
          {t("remove")}
        </button>
      )}
    </div>
  );
}
