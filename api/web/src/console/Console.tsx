import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Link, usePath, useRoutes } from "raviger";
import { addWords } from "../i18n";
import { Imports } from "../imports/Imports";
import { Antd } from "../shell/Antd";
import { manages, type Seat } from "../shell/seat";
import { Lost } from "../shell/states";
import { useOpenRequests } from "../shell/useOpenRequests";
import "../style/console.css";
import { Departments } from "./Departments";
import { Invitations } from "./Invitations";
import { Members } from "./Members";
import { Proposals } from "./Proposals";
import { Requests } from "./Requests";
import { Rule } from "./Rule";
import { Setup } from "./Setup";
import { Tokens } from "./Tokens";
import * as words from "./words";

addWords(words);

const PARTS = ["", "requests", "invitations", "members", "departments", "rule", "imports", "tokens"] as const;

/** Console is where owners and HR keep the organization; it is loaded when it is asked for. */
export default function Console({ seat }: { seat: Seat }) {
  const { org } = seat;
  const base = `/o/${org}/manage`;
  const part = useRoutes({
    [base]: () => <Setup org={org} />,
    [`${base}/requests`]: () => <Requests org={org} />,
    [`${base}/invitations`]: () => <Invitations org={org} />,
    [`${base}/members`]: () => (
      <>
        <Proposals seat={seat} />
        <Members org={org} seat={seat} />
      </>
    ),
    [`${base}/departments`]: () => <Departments org={org} />,
    [`${base}/rule`]: () => <Rule org={org} />,
    [`${base}/imports`]: () => <Imports org={org} />,
    [`${base}/tokens`]: () => <Tokens org={org} />,
  });
  if (!manages(seat)) return <Lost />;
  return (
    <Antd>
      <main className="page console">
        <Parts base={base} seat={seat} />
        {part ?? <Lost />}
      </main>
    </Antd>
  );
}

function Parts({ base, seat }: { base: string; seat: Seat }) {
  const { t } = useTranslation();
  const at = usePath() ?? "/";
  const open = useOpenRequests(seat);
  const nav = useRef<HTMLElement>(null);
  useEffect(() => {
    // In braces: newer browsers give a promise here, which is no clean-up.
    nav.current?.querySelector(".here")?.scrollIntoView({ inline: "center", block: "nearest" });
  }, [at]);
  return (
    <nav className="parts" aria-label={t("way.manage")} ref={nav}>
      {PARTS.map((part) => {
        const to = part ? `${base}/${part}` : base;
        return (
          <Link key={part} href={to} className={at === to ? "here" : ""} aria-current={at === to ? "page" : undefined}>
            {t(`part.${part || "setup"}`)}
            {(part === "requests" || part === "members") && open[part] > 0 && <b className="count">{open[part]}</b>}
          </Link>
        );
      })}
    </nav>
  );
}
