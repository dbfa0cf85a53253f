/**
 * Writes docs/ui-api.json, the OpenAPI document of the dashboard's server, and from it the types of the dashboard's client.
 * `npm run docs` runs it; test/ui-document.test.ts fails where they are out of date.
 */
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { uiApp, uiDocument } from "../packages/hone/src/server/ui/ui-app.ts";

const root = join(import.meta.dirname, "..");
export const documentFile = join(root, "docs/ui-api.json");
export const typesFile = join(root, "packages/dashboard/src/api/schema.d.ts");

/** The document as it is now. Its endpoints are never called. */
export const documentNow = (): string =>
  `${JSON.stringify(uiDocument(uiApp({ ...nothing, assets: () => undefined, onError: () => undefined })), undefined, 2)}\n`;

const never = (): never => {
  throw new Error("the document of the endpoints was to be made, and one was called");
};
const nothing = {
  runs: {
    list: never,
    show: never,
    status: never,
    compare: never,
    distributions: never,
    metrics: never,
    metricsBytes: never,
  },
  evaluations: { list: never, show: never, compare: never },
  queues: {
    list: never,
    make: never,
    show: never,
    next: never,
    item: never,
    hold: never,
    keep: never,
  },
  tokens: { places: never, step: never, rollout: never, heldOut: never, close: never },
  prices: never,
  exportTraces: never,
  folder: "runs",
  store: undefined,
  key: undefined,
};

/** The types of a document. The library writes them with a compiler of its own, which lies beside the dashboard. */
export async function typesOf(document: string): Promise<string> {
  const ofDashboard = createRequire(join(root, "packages/dashboard/package.json"));
  const library = ofDashboard("openapi-typescript") as {
    readonly default: (source: string) => Promise<readonly unknown[]>;
    readonly astToString: (nodes: readonly unknown[]) => string;
  };
  const nodes = await library.default(document);
  return `// Made of docs/ui-api.json by \`npm run docs\`.\n${library.astToString(nodes)}`;
}

if (process.argv[1] === import.meta.filename) {
  const document = documentNow();
  writeFileSync(documentFile, document);
  writeFileSync(typesFile, await typesOf(document));
}
