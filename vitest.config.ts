import { defineConfig } from "vitest/config";

/** Rooms whose modules keep no state of the process, so that their tests may share modules: that halves their time. */
const pure =
  "algorithms core domains environments evaluation formats messages rewards tensor testing".split(
    " ",
  );
const pureTests = pure.map((room) => `packages/*/src/${room}/**/*.test.ts`);

export default defineConfig({
  resolve: { conditions: ["source"] },
  ssr: { resolve: { conditions: ["source"] } },
  test: {
    pool: "forks",
    maxWorkers: 2,
    execArgv: ["--import", new URL("test/doubles/built-packages.ts", import.meta.url).href],
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
