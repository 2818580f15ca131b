import { ConfigProvider, theme } from "antd";
import enUS from "antd/locale/en_US";
import zhCN from "antd/locale/zh_CN";
import { type ReactNode, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { isDark, onTheme } from "../lib/theme";

/** Antd gives antd's parts the page's language and colours; only rooms that are loaded later use it. */
export function Antd({ children }: { children: ReactNode }) {
  const { i18n } = useTranslation();
  const dark = useSyncExternalStore(onTheme, isDark);
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
