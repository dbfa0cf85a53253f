/** Builds the page into the published package; in development it is served by Vite, beside a `hone ui` on its usual port. */
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [react()],
  build: {
    outDir: "../hone/dist/dashboard",
    emptyOutDir: true,
    // Nothing stands in the page itself: its policy allows scripts and styles of their own files alone.
    assetsInlineLimit: 0,
    // It comes from the same machine, and is kept by the browser.
    chunkSizeWarningLimit: 1000,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { "/api": "http://127.0.0.1:4320" } },
});
