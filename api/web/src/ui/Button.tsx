import type { ButtonHTMLAttributes, ReactNode } from "react";

interface Props extends ButtonHTMLAttributes<HTMLButtonElement> {
  tone?: "primary" | "plain" | "danger" | "text";
  small?: boolean;
  block?: boolean;
  busy?: boolean;
  children: ReactNode;
}

/** Button is a button of the page; while busy it stays focusable and takes no second press. */
export function Button({ tone = "plain", small, block, busy, children, className = "", type = "button", onClick, ...rest }: Props) {
  const classes = ["btn", tone, small ? "small" : "", block ? "block" : "", className].filter(Boolean).join(" ");
  return (
    <button {...rest} type={type} className={classes} aria-busy={busy || undefined} onClick={busy ? (e) => e.preventDefault() : onClick}>
      {busy && <span className="spin" aria-hidden="true" />}
      {children}
    </button>
  );
}
