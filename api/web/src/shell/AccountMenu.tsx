import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, navigate } from "raviger";
import { forgetSeen } from "../api/seen";
import { chooseTheme, chosenTheme, type Theme } from "../lib/theme";
import { signOut } from "../api/account";
import { usePresses, useQueue } from "../queue/QueueProvider";
import { Avatar } from "../ui/Avatar";
import { FailureNotice } from "../ui/Notice";
import type { Me } from "./seat";

/** AccountMenu is who one is, and the ways out. */
export function AccountMenu({ me }: { me: Me }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const [error, setError] = useState<unknown>(null);
  const leave = useLeave(setError);
  const waiting = usePresses(useQueue()).filter((press) => press.state === "waiting").length;
  const shut = () => setOpen(false);
  useShut(box, open, shut);
  const account = me.kind === "account";
  const name = account ? me.name || me.phone || "" : t("administrator");
  return (
    <div className="account" ref={box}>
      <button
        type="button"
        className="who"
        aria-haspopup="true"
        aria-expanded={open}
        aria-label={t("account.menu", { name })}
        onClick={() => setOpen(!open)}
      >
        <Avatar name={name} file={me.avatar} />
      </button>
      {open && (
        <div className="menu">
          <div className="menu-head">
            <strong>{name}</strong>
            {account && <span>{me.phone}</span>}
          </div>
          {account && (
            <Link href="/me" onClick={shut}>
              {t("account.profile")}
            </Link>
          )}
          {account && (
            <Link href="/me/sessions" onClick={shut}>
              {t("account.sessions")}
            </Link>
          )}
          {account && (
            <Link href="/start" onClick={shut}>
              {t("account.start")}
            </Link>
          )}
          <ThemeChoice />
          {waiting > 0 && (
            <p className="menu-note" role="status">
              {t("signout.waiting", { n: waiting })}
            </p>
          )}
          <button type="button" onClick={() => void leave(false)}>
            {t(waiting > 0 ? "signout.anyway" : "signout")}
          </button>
          {account && (
            <button type="button" onClick={() => void leave(true)}>
              {t("signout.everywhere")}
            </button>
          )}
          <FailureNotice error={error} />
        </div>
      )}
    </div>
  );
}

const THEMES: Theme[] = ["system", "light", "dark"];

/** ThemeChoice draws the page light or dark. */
function ThemeChoice() {
  const { t } = useTranslation();
  const [theme, setTheme] = useState(chosenTheme);
  return (
    <fieldset className="theme">
      <legend>{t("theme")}</legend>
      {THEMES.map((one) => (
        <label key={one}>
          <input
            type="radio"
            name="theme"
            checked={theme === one}
            onChange={() => {
              chooseTheme(one);
              setTheme(one);
            }}
          />
          <span>{t(`theme.${one}`)}</span>
        </label>
      ))}
    </fieldset>
  );
}

function useLeave(failed: (error: unknown) => void) {
  const queries = useQueryClient();
  return async (everywhere: boolean) => {
    try {
      await signOut(everywhere);
    } catch (error) {
      failed(error);
      return;
    }
    forgetSeen();
    navigate("/signin");
    // The question who is there is being watched, so it is answered and not thrown away with the rest.
    queries.setQueryData(["me"], null);
    queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== "me" });
  };
}

/** useShut closes a menu on Escape, and on a press or a focus outside of it. */
function useShut(box: React.RefObject<HTMLElement | null>, open: boolean, shut: () => void) {
  useEffect(() => {
    if (!open) return;
    const outside = (e: Event) => {
      if (e.target instanceof Node && !box.current?.contains(e.target)) shut();
    };
    const escape = (e: KeyboardEvent) => {
      if (e.key === "Escape") {
        shut();
        box.current?.querySelector("button")?.focus();
      }
    };
    document.addEventListener("pointerdown", outside);
    document.addEventListener("focusin", outside);
    document.addEventListener("keydown", escape);
    return () => {
      document.removeEventListener("pointerdown", outside);
      document.removeEventListener("focusin", outside);
      document.removeEventListener("keydown", escape);
    };
  });
}
