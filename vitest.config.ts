import { readFileSync } from "node:fs";
import { defineConfig, type Plugin } from "vitest/config";

/** Rooms whose modules keep no state of the process, so that their tests may share modules: that halves their time. */
const pure =
  "algorithms core domains environments evaluation formats messages rewards tensor testing".split(
    " ",
  );
const pureTests = pure.map((room) => `packages/*/src/${room}/**/*.test.ts`);

/** Reads packages whose source maps name files that they do not ship, which is a warning for each file. */
const withoutSourceMaps: Plugin = {
  name: "without-source-maps",
  enforce: "pre",
  load: (id) =>
    /[\\/]node_modules[\\/]@openai[\\/]/.test(id)
      ? { code: readFileSync(id.split("?")[0]!, "utf8"), map: null }
      : undefined,
};

export default defineConfig({
  plugins: [withoutSourceMaps],
  resolve: { conditions: ["source"] },
  ssr: { resolve: { conditions: ["source"] } },
  test: {
    pool: "forks",
    maxWorkers: 2,
    // Their packages eventsource and eventsource-parser have a "source" of TypeScript, too, which Node refuses to read under node_modules.
    server: {
      deps: {
        inline: [
          /[\\/]node_modules[\\/](?:ai|ai-6|ai-openai-3|@ai-sdk|@modelcontextprotocol|@openai)[\\/]/,
        ],
      },
    },
    testTimeout: 180_000,
    hookTimeout: 180_000,
    // A busy machine may take long for what is polled for.
    expect: { poll: { timeout: 50_000 } },
    projects: [
      {
        extends: true,
        test: {
          name: "all else",
          include: ["packages/*/src/**/*.test.ts", "test/**/*.test.ts"],
          exclude: ["**/node_modules/**", ...pureTests],
        },
      },
      { extends: true, test: { name: "pure rooms", include: pureTests, isolate: false } },
    ],
  },
});
