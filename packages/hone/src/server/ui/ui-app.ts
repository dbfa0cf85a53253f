/**
 * The server of the dashboard as an app: the built page, and below /api what it shows, described by docs/ui-api.json.
 */
import { OpenAPIHono } from "@hono/zod-openapi";
import type { HttpBindings } from "@hono/node-server";
import { HoneError } from "../../core/errors.ts";
import { admit } from "../guard.ts";
import type { UiChats } from "./chat-library.ts";
import { addChatRoutes } from "./chat-routes.ts";
import type { UiEvaluationLibrary } from "./evaluation-library.ts";
import { addEvaluationRoutes } from "./evaluation-routes.ts";
import { addMetricsStream } from "./metrics-stream.ts";
import { pageHeaders } from "./page-headers.ts";
import { addAnalysisRoutes, type AnalysisParts } from "./analysis-routes.ts";
import type { UiQueues, UiTrainings } from "./queue-library.ts";
import { addQueueRoutes } from "./queue-routes.ts";
import { addRunRoutes, type RunParts, type UiHono } from "./run-routes.ts";
import { addTokenRoutes } from "./token-routes.ts";
import type { UiTokenLibrary } from "./token-library.ts";
import { addTraceRoutes } from "./trace-routes.ts";
import { addTrainingRoutes } from "./training-routes.ts";
import { problemAnswer } from "./ui-answers.ts";
import type { UiAssets } from "./ui-library.ts";
import { addWriting } from "./writing.ts";

/** The parts of the dashboard's server. */
export interface UiParts extends RunParts, AnalysisParts {
  readonly tokens: UiTokenLibrary;
  readonly queues: UiQueues;
  readonly evaluations: UiEvaluationLibrary;
  readonly assets: UiAssets;
  /** The key that requests below /api must show. Undefined: none is asked for, and only names of this machine are served. */
  readonly key: string | undefined;
  /** Default: the page starts no trainings. */
  readonly trainings?: UiTrainings | undefined;
  /** Default: the page chats with no models. */
  readonly chats?: UiChats | undefined;
  /** Called with errors that are the server's own fault. */
  readonly onError: (error: unknown) => void;
}

/** The app of the dashboard. */
export function uiApp(parts: UiParts): UiHono {
  const app: UiHono = new OpenAPIHono<{ Bindings: HttpBindings }>({
    defaultHook: (result) => {
      if (result.success) return;
      const [issue] = result.error.issues;
      const where = issue?.path.join(".") ?? "";
      throw new HoneError("UI_REQUEST_INVALID", { where, problem: issue?.message ?? "" });
    },
  });
  app.use(async (c, next) => {
    for (const [name, value] of Object.entries(pageHeaders)) c.header(name, value);
    const isData = c.req.path.startsWith("/api/");
    if (isData) c.header("cache-control", "no-store");
    // With a key, names do not matter, and the page is given to everybody: it holds no data, and asks for the key.
    if (isData || parts.key === undefined) admit(c.req.raw, parts.key);
    await next();
  });
  addWriting(app, {
    allowsTraining: parts.trainings !== undefined,
    allowsChat: parts.chats !== undefined,
  });
  addRunRoutes(app, parts);
  addTokenRoutes(app, parts.tokens);
  addMetricsStream(app, parts);
  addEvaluationRoutes(app, parts.evaluations);
  addTraceRoutes(app, parts);
  addAnalysisRoutes(app, parts);
  addQueueRoutes(app, parts.queues);
  addTrainingRoutes(app, parts.trainings);
  addChatRoutes(app, parts.chats);
  app.get("/health", (c) => c.json({ status: "ok" }));
  app.get("/*", (c) => {
    const path = c.req.path.slice(1);
    if (path.startsWith("api/")) throw unknownPath(c.req.method, c.req.path);
    const asset = parts.assets(path);
    // Any other address without a dot is a part of the page, which reads it itself.
    const shown = asset ?? (path.includes(".") ? undefined : parts.assets("index.html"));
    if (shown === undefined) throw unknownPath(c.req.method, c.req.path);
    const caching = path.startsWith("assets/") ? "max-age=31536000, immutable" : "no-cache";
    return c.body(shown.bytes, 200, { "content-type": shown.type, "cache-control": caching });
  });
  app.all("*", (c) => {
    throw unknownPath(c.req.method, c.req.path);
  });
  app.onError((error, c) => problemAnswer(c, error, parts.onError));
  return app;
}

const unknownPath = (method: string, path: string): HoneError =>
  new HoneError("SERVE_PATH_UNKNOWN", { method, path: path.slice(0, 200) });

/** The document of the endpoints, as OpenAPI 3.1. */
export const uiDocument = (app: UiHono): object =>
  app.getOpenAPI31Document({
    openapi: "3.1.0",
    info: {
      title: "The dashboard of hone",
      version: "1",
      description: "What the dashboard of `npx hone ui` reads. Times are Unix milliseconds.",
    },
  });
