import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Link, Route, Switch, useLocation } from "wouter";
import { addWords } from "../i18n";
import { Antd } from "../shell/Antd";
import { manages, type Seat } from "../shell/seat";
import { Lost } from "../shell/states";
import { useOpenRequests } from "../shell/useOpenRequests";
import "../style/console.css";
import { Departments } from "./Departments";
import { Invitations } from "./Invitations";
import { Members } from "./Members";
import { Requests } from "./Requests";
import { Rule } from "./Rule";
import { Setup } from "./Setup";
import { Tokens } from "./Tokens";
import * as words from "./words";

addWords(words);

const PARTS = ["", "requests", "invitations", "members", "departments", "rule", "tokens"] as const;

/** Console is where owners and HR keep the organization; it is loaded when it is asked for. */
export default function Console({ seat }: { seat: Seat }) {
  const { org } = seat;
  const base = `/o/${org}/manage`;
  if (!manages(seat)) return <Lost />;
  return (
    <Antd>
      <main className="page console">
        <Parts base={base} seat={seat} />
        <Switch>
          <Route path={base}><Setup org={org} /></Route>
          <Route path={`${base}/requests`}><Requests org={org} /></Route>
          <Route path={`${base}/invitations`}><Invitations org={org} /></Route>
          <Route path={`${base}/members`}><Members org={org} seat={seat} /></Route>
          <Route path={`${base}/departments`}><Departments org={org} /></Route>
          <Route path={`${base}/rule`}><Rule org={org} /></Route>
          <Route path={`${base}/tokens`}><Tokens org={org} /></Route>
          <Route><Lost /></Route>
        </Switch>
      </main>
    </Antd>
  );
}

function Parts({ base, seat }: { base: string; seat: Seat }) {
  const { t } = useTranslation();
  const [at] = useLocation();
  const open = useOpenRequests(seat);
  const nav = useRef<HTMLElement>(null);
  useEffect(() => {
    // In braces: newer browsers give a promise here, which is no clean-up.
    void nav.current?.querySelector(".here")?.scrollIntoView({ inline: "center", block: "nearest" });
  }, [at]);
  return (
    <nav className="parts" aria-label={t("way.manage")} ref={nav}>
      {PARTS.map((part) => {
        const to = part ? `${base}/${part}` : base;
        return (
          <Link key={part} href={to} className={at === to ? "here" : ""} aria-current={at === to ? "page" : undefined}>
            {t(`part.${part || "setup"}`)}{part === "requests" && open > 0 && <b className="count">{open}</b>}
          </Link>
        );
      })}
    </nav>
  );
}
