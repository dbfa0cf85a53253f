/** The table of our errors as each provider's wire says them: HTTP status, OpenAI's type and code, Anthropic's type. */
import { type ErrorCode, HoneError, isError, isHoneError, messageOf } from "../core/errors.ts";
import type { FieldProblem } from "../core/errors/serving-errors.ts";

/** The wires whose error shape a path answers in. */
export type ErrorWire = "openai" | "anthropic";

/** How one error is answered. */
interface ProviderError {
  readonly status: 400 | 401 | 403 | 404 | 405 | 408 | 409 | 413 | 429 | 500 | 503;
  /** OpenAI's `error.code`; null for errors that OpenAI gives no code. */
  readonly code: string | null;
}

const tooLong: ProviderError = { status: 400, code: "context_length_exceeded" };
const schemaRefused: ProviderError = { status: 400, code: "invalid_json_schema" };
const invalid: ProviderError = { status: 400, code: "invalid_value" };

const notFound: ProviderError = { status: 404, code: "not_found" };

const rows: { readonly [Code in ErrorCode]?: ProviderError } = {
  SERVE_JSON_INVALID: { status: 400, code: null },
  SERVE_BODY_TOO_LARGE: { status: 413, code: "request_too_large" },
  SERVE_PROMPT_TOO_LARGE: tooLong,
  PROMPT_TOO_LONG: tooLong,
  CONTEXT_EXCEEDED: tooLong,
  SERVE_MODEL_UNKNOWN: { status: 404, code: "model_not_found" },
  SERVE_WEIGHTS_DIFFER: { status: 409, code: "weights_differ" },
  SERVE_REFERENCE_UNKNOWN: { status: 404, code: "not_found" },
  SERVE_PATH_UNKNOWN: { status: 404, code: "unknown_url" },
  SERVE_METHOD_WRONG: { status: 405, code: "method_not_allowed" },
  SERVE_DENIED: { status: 401, code: "invalid_api_key" },
  SERVE_HOST_REFUSED: { status: 403, code: "host_not_allowed" },
  SERVE_ADMIN_KEY_MISSING: { status: 403, code: "api_key_required" },
  SERVE_ADAPTER_INVALID: invalid,
  // What is wrong with the path of an adapter that is to be loaded.
  MODEL_NOT_FOUND: notFound,
  HUB_NOT_FOUND: notFound,
  CHECKPOINT_NOT_FOUND: notFound,
  RUN_AMBIGUOUS: invalid,
  ADAPTER_ABSENT: invalid,
  ADAPTER_INVALID: invalid,
  ADAPTER_NOT_SAFETENSORS: invalid,
  ADAPTER_BASE_UNKNOWN: invalid,
  ADAPTER_NOT_FITTING: invalid,
  ADAPTER_BASE_MISMATCH: invalid,
  ADAPTER_FEATURE_UNSUPPORTED: invalid,
  SERVE_SOLVE_ABSENT: { status: 404, code: "not_served" },
  PROBLEM_INVALID: { status: 400, code: "invalid_problem" },
  SERVE_SOLUTION_UNKNOWN: notFound,
  SERVE_RATINGS_FULL: { status: 409, code: "too_many_ratings" },
  SERVE_BUSY: { status: 429, code: "rate_limit_exceeded" },
  SERVE_STOPPING: { status: 503, code: "server_stopping" },
  SERVE_TIMEOUT: { status: 408, code: "request_timeout" },
  SERVE_ROLLOUT_OVER: { status: 404, code: "rollout_over" },
  SERVE_ROLLOUT_UNKNOWN: { status: 404, code: "rollout_not_found" },
  // What the chat model and the chat template refuse in a conversation.
  MESSAGES_INVALID: invalid,
  OPTION_INVALID: invalid,
  // The name of a model that names no agent of the run.
  AGENT_WITHOUT_ADAPTER: { status: 404, code: "model_not_found" },
  CHAT_TEMPLATE_FAILED: invalid,
  TOKEN_OUT_OF_RANGE: invalid,
  DATA_EMPTY: invalid,
  FORMAT_SCHEMA_INVALID: schemaRefused,
  FORMAT_SCHEMA_UNSUPPORTED: schemaRefused,
  FORMAT_ALLOWS_NOTHING: schemaRefused,
  FORMAT_TOO_LARGE: schemaRefused,
  FORMAT_NO_TOKEN: schemaRefused,
  FORMAT_TOKENIZER_UNSUPPORTED: { status: 400, code: "unsupported_parameter" },
};

/** OpenAI's codes of what is wrong with a field. */
const fieldCodes: Readonly<Record<FieldProblem, string>> = {
  missing: "missing_required_parameter",
  type: "invalid_type",
  range: "invalid_value",
  value: "invalid_value",
  unknown: "unknown_parameter",
  unsupported: "unsupported_parameter",
};

const internal: ProviderError = { status: 500, code: null };

function rowOf(error: unknown): ProviderError {
  if (isError(error, "SERVE_FIELD_INVALID")) {
    return { status: 400, code: fieldCodes[error.facts.kind] };
  }
  return (isHoneError(error) ? rows[error.code] : undefined) ?? internal;
}

/** The text of an error on one line, without the marks that structure it in a terminal. */
const textOf = (error: unknown): string =>
  isHoneError(error)
    ? messageOf(error)
        .replace(/^\w+: /, "")
        .replace("\n  → ", " ")
    : "The server failed to answer the request.";

/** The status and the JSON body with which a wire says this error. */
export function providerError(
  error: unknown,
  wire: ErrorWire,
): { readonly status: ProviderError["status"]; readonly body: object } {
  const { status, code } = rowOf(error);
  const message = textOf(error);
  if (wire === "anthropic") {
    return { status, body: { type: "error", error: { type: anthropicType(status), message } } };
  }
  const param = isError(error, "SERVE_FIELD_INVALID") ? error.facts.param : null;
  return { status, body: { error: { message, type: openaiType(status), param, code } } };
}

/** True for an error that is the server's own fault, which its operator should see. */
export const isInternal = (error: unknown): boolean => rowOf(error).status === 500;

function openaiType(status: number): string {
  if (status === 429) return "requests";
  return status >= 500 ? "server_error" : "invalid_request_error";
}

const anthropicTypes: Readonly<Record<number, string>> = {
  401: "authentication_error",
  403: "permission_error",
  404: "not_found_error",
  408: "timeout_error",
  413: "request_too_large",
  429: "rate_limit_error",
  500: "api_error",
  503: "overloaded_error",
};

const anthropicType = (status: number): string => anthropicTypes[status] ?? "invalid_request_error";

/** The error of a field of a request. */
export const fieldError = (
  param: string,
  kind: FieldProblem,
  problem: string,
): HoneError<"SERVE_FIELD_INVALID"> =>
  new HoneError("SERVE_FIELD_INVALID", { param, kind, problem });
