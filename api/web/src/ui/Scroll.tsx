import type { ReactNode } from "react";

interface Props {
  label: string;
  children: ReactNode;
}

/** Scroll is a table that may be wider than the page; the keyboard reaches it and moves it. */
export function Scroll({ label, children }: Props) {
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- without it the keyboard could not scroll it
    <div className="scroll" role="region" aria-label={label} tabIndex={0}>
      {children}
    </div>
  );
}
