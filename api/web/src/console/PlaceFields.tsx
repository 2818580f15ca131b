import { useState } from "react";
import { useTranslation } from "react-i18next";
import { locate } from "../queue/where";
import { Button } from "../ui/Button";
import { CheckField, TextField } from "../ui/Field";
import { Notice } from "../ui/Notice";
import type { RuleForm } from "./rule";

interface Props {
  values: RuleForm;
  set: <K extends keyof RuleForm>(name: K) => (value: RuleForm[K]) => void;
  problem: (name: keyof RuleForm) => string | undefined;
}

/** PlaceFields is one circle in which punches count as inside. */
export function PlaceFields({ values, set, problem }: Props) {
  const { t } = useTranslation();
  const [missing, setMissing] = useState("");
  async function here() {
    const found = await locate(new AbortController().signal, 8_000);
    setMissing("spot" in found ? "" : found.missing);
    if (!("spot" in found)) return;
    set("lat")(found.spot.lat.toFixed(6));
    set("lng")(found.spot.lng.toFixed(6));
  }
  return (
    <>
      <CheckField label={t("rule.place")} checked={values.place} onCheck={set("place")} />
      {values.place && (
        <div className="inset two">
          <TextField label={t("rule.place.name")} value={values.placeName} onText={set("placeName")} maxLength={100} />
          <TextField
            label={t("rule.radius")}
            inputMode="numeric"
            value={values.radius}
            problem={problem("radius")}
            onText={set("radius")}
          />
          <TextField
            label={t("rule.lat")}
            inputMode="decimal"
            value={values.lat}
            problem={problem("lat")}
            onText={set("lat")}
            placeholder="31.2304"
          />
          <TextField
            label={t("rule.lng")}
            inputMode="decimal"
            value={values.lng}
            problem={problem("lng")}
            onText={set("lng")}
            placeholder="121.4737"
          />
          <Button onClick={() => void here()}>{t("rule.here")}</Button>
          {missing && <Notice tone="warn">{t(`rule.here.${missing}`)}</Notice>}
        </div>
      )}
    </>
  );
}
