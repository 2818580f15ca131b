import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { onBehind } from "./api/behind";
import { Failure, onSignedOut } from "./api/client";
import { Queries } from "./api/queries";
import { watchTouch } from "./api/touch";
import { startLanguage } from "./i18n";
import { startTheme } from "./lib/theme";
import { App } from "./shell/App";
import { Boundary } from "./shell/Boundary";
import "./style/base.css";
import "./style/frame.css";
import "./style/parts.css";
import "./style/rooms.css";
import "virtual:verdicts.css";

const queries = new Queries({
  // Offline, react-query would wait in silence; the page says that the server cannot be reached.
  defaultOptions: {
    mutations: { networkMode: "always" },
    queries: {
      networkMode: "always",
      retry: (tries, error) => tries < 1 && !(error instanceof Failure && error.status > 0 && error.status < 500),
      refetchOnWindowFocus: true,
      staleTime: 5_000,
    },
  },
});
watchTouch();
startTheme();
onBehind(() => void queries.invalidateQueries());
onSignedOut(() => void queries.invalidateQueries({ queryKey: ["me"] }));

// Without it the page still works wherever there is a network.
if (import.meta.env.PROD && "serviceWorker" in navigator) void navigator.serviceWorker.register("/sw.js").catch(() => undefined);

const root = document.getElementById("root");
if (root) {
  await startLanguage();
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={queries}>
        <Boundary at="">
          <App />
        </Boundary>
      </QueryClientProvider>
    </StrictMode>,
  );
}
