import { defineConfig } from "vitest/config";
import { ProgramsFirst } from "./test/doubles/programs-first.ts";

/**
 * Tests that change the process, or that load ONNX Runtime into it (which a process can configure once), and so need a process of
 * their own. All others share the processes of the workers, which saves two fifths of their processor time: they put back what
 * they change.
 */
const alone = [
  "packages/*/src/engine/*.test.ts",
  "packages/*/src/engine/{calls,clients,lora,onnx,optimizer,runtime,sampler,training}/*.test.ts",
  // Changes where the cache of models is.
  "packages/*/src/engine/hub/resolve-model.test.ts",
  "packages/*/src/hooks/ai-sdk/stream.test.ts",
  "packages/*/src/store/operations/follow-traces.test.ts",
];

export default defineConfig({
  // Node runs the syntax of the sources as it is; a lower target would import helpers that are not installed.
  oxc: { target: "esnext" },
  resolve: { conditions: ["source"] },
  ssr: { resolve: { conditions: ["source"] } },
  test: {
    pool: "forks",
    // One more than CI has cores: many tests wait, for a program to end, a time limit or a server.
    maxWorkers: 3,
    sequence: { sequencer: ProgramsFirst },
    execArgv: ["--import", new URL("test/doubles/built-packages.ts", import.meta.url).href],
    // Programs that tests start leave nothing in the user's cache.
    env: { NODE_COMPILE_CACHE: new URL("node_modules/.cache/compiled", import.meta.url).pathname },
    testTimeout: 180_000,
    hookTimeout: 180_000,
    // A busy machine may take long for what is polled for.
    expect: { poll: { timeout: 50_000 } },
    projects: [
      {
        extends: true,
        test: {
          name: "shared",
          include: ["packages/*/src/**/*.test.ts", "test/**/*.test.ts"],
          exclude: ["**/node_modules/**", ...alone],
          globalSetup: "test/doubles/postgres-host.ts",
          isolate: false,
        },
      },
      { extends: true, test: { name: "alone", include: alone } },
    ],
  },
});
