import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { verdictStyles } from "./verdictStyles";

// The charts are their own chunk: the figures are readable before they arrive.
export default defineConfig({
  plugins: [react(), verdictStyles()],
  build: {
    outDir: "dist",
    emptyOutDir: true,
    assetsDir: "assets",
    chunkSizeWarningLimit: 900,
  },
  server: { proxy: { "/api": process.env.DAKA_SERVER ?? "http://127.0.0.1:8080" } },
  test: { environment: "jsdom", include: ["src/**/*.test.{ts,tsx}"] },
});
