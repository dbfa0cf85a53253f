/**
 * The server of a model as an app of Hono: requests in the forms of OpenAI and Anthropic in, answers in the same form out.
 *
 *     /v1/…               the models of this server
 *     /r/<rollout>/v1/…   the chat model of a rollout that is open, which records every call with its tokens
 *     /solve, /feedback   problems of a domain, solved by the model action by action
 *     /health, /metrics
 */
import { type Context, Hono } from "hono";
import { HoneError } from "../core/errors.ts";
import { admit } from "./guard.ts";
import type { ErrorWire } from "./provider-errors.ts";
import { loadAdapter, unloadAdapter } from "./routes/adapter-routes.ts";
import { anthropicMessages } from "./routes/anthropic-messages-route.ts";
import { chatCompletions } from "./routes/chat-completions-route.ts";
import { completions } from "./routes/completions-route.ts";
import { listModels, showModel } from "./routes/model-routes.ts";
import { responses } from "./routes/responses-route.ts";
import { errorResponse, type ServerParts } from "./routes/route-context.ts";
import { feedback, solve } from "./routes/solve-routes.ts";

type Route = (parts: ServerParts, c: Context) => Promise<Response> | Response;

/** The endpoints below /v1 that ask a model, also those of a rollout. */
const modelEndpoints: readonly (readonly [path: string, wire: ErrorWire, route: Route])[] = [
  ["/chat/completions", "openai", chatCompletions],
  ["/completions", "openai", completions],
  ["/responses", "openai", responses],
  ["/messages", "anthropic", anthropicMessages],
];

/** The app of a server. */
export function servingApp(parts: ServerParts): Hono {
  const app = new Hono();
  const answered =
    (wire: ErrorWire, route: Route) =>
    async (c: Context): Promise<Response> => {
      try {
        admit(c.req.raw, parts.key);
        return counted(parts, c, await route(parts, c));
      } catch (error) {
        return counted(parts, c, errorResponse(parts, error, wire));
      }
    };
  // Each path has one method; any other is refused by its name.
  const serve = (
    method: "GET" | "POST",
    path: string,
    route: Route,
    wire: ErrorWire = "openai",
  ) => {
    app.on(method, path, answered(wire, route));
    app.all(path, answered(wire, methodWrong(method)));
  };
  for (const base of ["/v1", "/r/:rollout/v1"]) {
    for (const [path, wire, route] of modelEndpoints) serve("POST", base + path, route, wire);
    serve("GET", `${base}/models`, listModels);
    serve("GET", `${base}/models/:model{.+}`, showModel);
  }
  serve("POST", "/v1/load_lora_adapter", loadAdapter);
  serve("POST", "/v1/unload_lora_adapter", unloadAdapter);
  serve("POST", "/solve", solve);
  serve("POST", "/feedback", feedback);
  serve("GET", "/metrics", metrics);
  // Whoever watches over the server has no key.
  app.get("/health", () => health(parts));
  app.all("*", answered("openai", unknownPath));
  return app;
}

/** Counts an answer by the pattern of its path, which no request can make new ones of. */
function counted({ metrics: all }: ServerParts, c: Context, answer: Response): Response {
  all.add("hone_requests_total", { path: c.req.routePath, status: answer.status });
  return answer;
}

const metrics: Route = ({ metrics: all, rollouts }) => {
  all.set("hone_rollouts_open", rollouts.count);
  return new Response(all.text(), {
    headers: { "content-type": "text/plain; version=0.0.4; charset=utf-8" },
  });
};

const health = ({ running }: ServerParts): Response =>
  running.isStopping
    ? Response.json({ status: "stopping" }, { status: 503 })
    : Response.json({ status: "ok" });

const unknownPath: Route = (_, c) => {
  const facts = { method: c.req.method, path: c.req.path.slice(0, 200) };
  throw new HoneError("SERVE_PATH_UNKNOWN", facts);
};

const methodWrong =
  (allowed: string): Route =>
  (_, c) => {
    const facts = { method: c.req.method, path: c.req.path.slice(0, 200), allowed };
    throw new HoneError("SERVE_METHOD_WRONG", facts);
  };
