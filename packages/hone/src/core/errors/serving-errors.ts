/** Errors of the server of a model: what a request gets wrong, and how the server is started. */
import type { OptionNaming } from "../option-naming.ts";

/** What is wrong with a field of a request. Providers name each kind in their own way. */
export type FieldProblem = "missing" | "type" | "range" | "value" | "unknown" | "unsupported";

export const servingErrors = {
  SERVE_FIELD_INVALID: (f: { param: string; problem: string; kind: FieldProblem }) => ({
    what: `The request's field ${f.param} ${f.problem}.`,
    fix: "docs/serving.md lists the fields that each endpoint takes.",
  }),
  SERVE_JSON_INVALID: (f: { problem: string }) => ({
    what: `The request's body is not a JSON object: ${f.problem}.`,
    fix: "Send a JSON object in UTF-8 with the header content-type: application/json.",
  }),
  SERVE_BODY_TOO_LARGE: (f: { limitBytes: number }) => ({
    what: `The request's body is larger than the limit of ${f.limitBytes} bytes.`,
    fix: "Send a shorter conversation; no model's context holds that much text.",
  }),
  SERVE_PROMPT_TOO_LARGE: (f: { bytes: number; contextLength: number }) => ({
    what: `The request's text of ${f.bytes} bytes cannot fit into the model's context of ${f.contextLength} tokens.`,
    fix: "Send a shorter conversation.",
  }),
  SERVE_MODEL_UNKNOWN: (f: { model: string; known: string }) => ({
    what: `The model ${f.model} is not served here; there is ${f.known}.`,
    fix: "GET /v1/models lists the models; an adapter is added with `--adapter name=path` or POST /v1/load_lora_adapter.",
  }),
  SERVE_WEIGHTS_DIFFER: (f: { wanted: string; found: string }) => ({
    what: `The request is for the weights ${f.wanted}, and those that are served are ${f.found}.`,
    fix: "GET /v1/models lists the hash of each model's weights.",
  }),
  SERVE_REFERENCE_UNKNOWN: (f: { what: "response" | "item"; id: string }) => ({
    what: `The ${f.what} ${f.id} is not known here, or not any more: the server remembers the latest ones, in memory.`,
    fix: "Send the conversation's items themselves, with `store: false` where the client refers to items on its own.",
  }),
  SERVE_PATH_UNKNOWN: (f: { method: string; path: string }) => ({
    what: `This server does not answer ${f.method} ${f.path}.`,
    fix: "docs/serving.md lists its endpoints; a client's base URL ends with /v1.",
  }),
  SERVE_METHOD_WRONG: (f: { method: string; path: string; allowed: string }) => ({
    what: `${f.path} does not answer ${f.method}.`,
    fix: `Use ${f.allowed}. docs/serving.md shows a request to each endpoint.`,
  }),
  SERVE_DENIED: (f: { problem: string }) => ({
    what: `The request is refused: ${f.problem}.`,
    fix: "Send the server's key in the header authorization: Bearer <key>, or x-api-key.",
  }),
  SERVE_HOST_REFUSED: (f: { header: "Host" | "Origin"; got: string }) => ({
    what: `The request is refused: its ${f.header} is ${f.got}, and without a key only this machine's own names are answered.`,
    fix: "Send to 127.0.0.1 or localhost, or start the server with a key.",
  }),
  SERVE_KEY_MISSING: (f: { host: string }, option: OptionNaming) => ({
    what: `The server was to listen on ${f.host}, where other machines reach it, without a key.`,
    fix: `Give it a long random text as key (${option("apiKey")}, or HONE_API_KEY for \`npx hone serve\`), or leave ${option("host")} out to listen on 127.0.0.1.`,
  }),
  SERVE_ADMIN_KEY_MISSING: (f: { path: string }) => ({
    what: `The server was started without a key, so that ${f.path} is closed.`,
    fix: "Start the server with a key (`--api-key`), and send it with the request.",
  }),
  SERVE_ADAPTER_INVALID: (f: { name: string; problem: string }) => ({
    what: `The adapter ${f.name} ${f.problem}.`,
    fix: "Name adapters as name=path, each with a name of its own; GET /v1/models lists those that are served.",
  }),
  SERVE_SOLVE_ABSENT: (f: { path: string; needs: string }) => ({
    what: `This server does not answer ${f.path}: it was started without ${f.needs}.`,
    fix: "Start it as in `npx hone serve last --domain math --store sqlite:./hone.db` (docs/serving.md).",
  }),
  SERVE_SOLVE_FAILED: (f: { boundary: string; problem: string }) => ({
    what: `The problem could not be worked on; it failed in ${f.boundary}: ${f.problem}`,
    fix: "Send it again; where it fails again, the server's operator sees why.",
  }),
  SERVE_SOLUTION_UNKNOWN: (f: { id: string }) => ({
    what: `There is no solution with the id ${JSON.stringify(f.id)} here.`,
    fix: "Send the whole `id` that POST /solve answered, to a server with the same store.",
  }),
  SERVE_RATINGS_FULL: (f: { id: string; limit: number }) => ({
    what: `The solution ${f.id} has ${f.limit} ratings already and takes no more.`,
    fix: "Rate another solution, or rate again as an `author` who has rated it: that replaces the rating.",
  }),
  SERVE_BUSY: (f: { limit: number }) => ({
    what: `The server is busy: it already works on ${f.limit} requests.`,
    fix: "Send the request again after the time that Retry-After names; clients of the providers do that by themselves.",
  }),
  SERVE_STOPPING: (f: { seconds: number }) => ({
    what: `The server is stopping, within ${f.seconds} s, and takes no new requests.`,
    fix: "Send the request again when the server is back.",
  }),
  SERVE_TIMEOUT: (f: { seconds: number }) => ({
    what: `The answer was not complete after ${f.seconds} s, the time limit of a request.`,
    fix: "Ask for fewer tokens (max_tokens), or start the server with a longer limit.",
  }),
  SERVE_ROLLOUT_OVER: (f: { rollout: string }) => ({
    what: `The rollout ${f.rollout} is over; nothing can be recorded in it any more.`,
    fix: "Make all calls of the model before the agent ends, and read OPENAI_BASE_URL anew in each process.",
  }),
  SERVE_ROLLOUT_UNKNOWN: (f: { rollout: string }) => ({
    what: `There is no rollout ${f.rollout}.`,
    fix: "Use the address in OPENAI_BASE_URL as it was given to the agent's process.",
  }),
  UI_NOT_BUILT: (f: { folder: string }) => ({
    what: `The dashboard's page is not in ${f.folder}.`,
    fix: "In a checkout `npm run build` makes it; the published package has it.",
  }),
  UI_KEY_MISSING: (f: { host: string }, option: OptionNaming) => ({
    what: `The dashboard was to be served on ${f.host}, where other machines reach it, without a key.`,
    fix: `Put a long random text into HONE_UI_KEY (\`key\` for serveUi()), or leave ${option("host")} out to listen on 127.0.0.1.`,
  }),
  UI_REQUEST_INVALID: (f: { where: string; problem: string }) => ({
    what: `The request's ${f.where} cannot be: ${f.problem}.`,
    fix: "docs/ui-api.json has what each endpoint takes.",
  }),
  UI_WRITE_REFUSED: (f: { problem: string }) => ({
    what: `The request would change something and is refused: ${f.problem}.`,
    fix: "Load the page again: only a page of this server may change something. A proxy before it must pass on the Host header. Programs use the commands, such as `npx hone feedback import`.",
  }),
  UI_FAILED: (f: { reason: string }) => ({
    what: `The dashboard's server failed to answer: ${f.reason}.`,
    fix: "Look at what `npx hone ui` printed; HONE_LOG=debug before it shows where an error came from.",
  }),
} as const;
