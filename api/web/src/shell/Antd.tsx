import { ConfigProvider, theme } from "antd";
import enUS from "antd/locale/en_US";
import zhCN from "antd/locale/zh_CN";
import { type ReactNode, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

/** Antd gives antd's parts the page's language and colours; only rooms that are loaded later use it. */
export function Antd({ children }: { children: ReactNode }) {
  const { i18n } = useTranslation();
  const dark = useDark();
  return (
    <ConfigProvider
      locale={i18n.language === "zh" ? zhCN : enUS}
      theme={{
        algorithm: dark ? theme.darkAlgorithm : theme.defaultAlgorithm,
        token: { colorPrimary: dark ? "#14b8a6" : "#0f766e", borderRadius: 8, controlHeight: 36, fontFamily: "inherit" },
      }}
    >
      {children}
    </ConfigProvider>
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
