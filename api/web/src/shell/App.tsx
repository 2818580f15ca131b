import { useQuery, useQueryClient } from "@tanstack/react-query";
import { ConfigProvider, Spin, theme } from "antd";
import enUS from "antd/locale/en_US";
import zhCN from "antd/locale/zh_CN";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "../api/client";
import { signedIn, signOut } from "../api/session";
import { DashboardPage } from "../dashboard/DashboardPage";
import { SignIn } from "../session/SignIn";
import { Frame } from "./Frame";
import { NoOrganization, Trouble } from "./states";

const KEPT = "daka.organization";

/** App is the page: the door, then the day of one organization. */
export function App() {
  const { i18n } = useTranslation();
  const dark = useDark();
  return (
    <ConfigProvider
      locale={i18n.language === "zh" ? zhCN : enUS}
      theme={{
        algorithm: dark ? theme.darkAlgorithm : theme.defaultAlgorithm,
        token: { colorPrimary: dark ? "#14b8a6" : "#0f766e", borderRadius: 8, fontFamily: "inherit" },
      }}
    >
      <Doors />
    </ConfigProvider>
  );
}

function Doors() {
  const queries = useQueryClient();
  const session = useQuery({ queryKey: ["session"], queryFn: signedIn });
  const inside = session.data === true;
  const organizations = useQuery({
    queryKey: ["organizations"],
    enabled: inside,
    queryFn: () => answer(api.GET("/api/v1/orgs", { params: { query: { limit: 100 } } })),
  });
  const choices = organizations.data?.items ?? [];
  const [wanted, setWanted] = useState(() => localStorage.getItem(KEPT));
  const chosen = choices.find((o) => o.id === wanted) ?? choices[0];

  function choose(id: string) {
    localStorage.setItem(KEPT, id);
    setWanted(id);
  }
  async function leave() {
    await signOut();
    queries.clear();
    await queries.invalidateQueries({ queryKey: ["session"] });
    queries.setQueryData(["session"], false);
  }

  return (
    <Frame organizations={choices} chosen={chosen?.id ?? null} onChoose={choose} onSignOut={inside ? () => void leave() : null}>
      {session.isError && <Trouble error={session.error} retry={() => void session.refetch()} />}
      {session.isPending && <Waiting />}
      {session.data === false && <SignIn onDone={() => void queries.invalidateQueries()} />}
      {inside && organizations.isPending && <Waiting />}
      {inside && organizations.isError && <Trouble error={organizations.error} retry={() => void organizations.refetch()} />}
      {inside && organizations.isSuccess && !chosen && <NoOrganization />}
      {inside && chosen && <DashboardPage key={chosen.id} organization={chosen} />}
    </Frame>
  );
}

function Waiting() {
  return (
    <div className="center">
      <Spin size="large" />
    </div>
  );
}

function useDark(): boolean {
  const [dark, setDark] = useState(() => matchMedia("(prefers-color-scheme: dark)").matches);
  useEffect(() => {
    const media = matchMedia("(prefers-color-scheme: dark)");
    const follow = () => setDark(media.matches);
    media.addEventListener("change", follow);
    return () => media.removeEventListener("change", follow);
  }, []);
  return dark;
}
