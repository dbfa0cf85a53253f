/**
 * The table of the fields that each endpoint knows, and what becomes of them.
 *
 * "used" fields are honoured. "ignored" ones change nothing of an answer, so that providers may ignore them too. A rule with
 * `neutral` values takes a field only where it asks for nothing: any other value would change the answer in a way that is not
 * implemented, and is refused. A field that is in no row is unknown and refused.
 */
import { isDeepStrictEqual } from "node:util";
import type { JsonObject } from "../../core/json.ts";
import { shownValue } from "../../core/shown-value.ts";
import { fieldError } from "../provider-errors.ts";

/** What becomes of a field; `instead` says what to do where it is refused. */
export type FieldRule =
  | "used"
  | "ignored"
  | { readonly neutral: readonly unknown[]; readonly instead?: string };

/** The rules of one endpoint's fields. */
export type FieldRules = Readonly<Record<string, FieldRule>>;

const refused = (instead?: string): FieldRule => ({
  neutral: [],
  ...(instead === undefined ? {} : { instead }),
});

const neutral = (...values: readonly unknown[]): FieldRule => ({ neutral: values });

const used = "used";
const ignored = "ignored";

/** Fields that the endpoints of OpenAI share. */
const openai: FieldRules = {
  model: used,
  stream: used,
  temperature: used,
  top_p: used,
  // As vLLM has them.
  top_k: used,
  min_p: used,
  repetition_penalty: neutral(1),
  user: ignored,
  metadata: ignored,
  safety_identifier: ignored,
  prompt_cache_key: ignored,
  prompt_cache_retention: ignored,
  service_tier: ignored,
};

/** Chat Completions and Completions. */
const completionFields: FieldRules = {
  ...openai,
  stream_options: used,
  n: used,
  stop: used,
  seed: used,
  max_tokens: used,
  logprobs: used,
  return_token_ids: used,
  frequency_penalty: neutral(0),
  presence_penalty: neutral(0),
  logit_bias: neutral({}),
};

export const fieldRules = {
  "chat completions": {
    ...completionFields,
    messages: used,
    max_completion_tokens: used,
    top_logprobs: used,
    tools: used,
    tool_choice: used,
    parallel_tool_calls: used,
    response_format: used,
    chat_template_kwargs: used,
    store: ignored,
    modalities: neutral(["text"]),
    reasoning_effort: refused("variables of the chat template go into chat_template_kwargs"),
    verbosity: neutral("medium"),
    functions: refused("use tools"),
    function_call: refused("use tool_choice"),
    audio: refused(),
    prediction: refused(),
    web_search_options: refused(),
  },
  completions: {
    ...completionFields,
    prompt: used,
    training: used,
    echo: neutral(false),
    suffix: neutral(""),
    best_of: neutral(1),
  },
  responses: {
    ...openai,
    input: used,
    instructions: used,
    tools: used,
    tool_choice: used,
    parallel_tool_calls: used,
    max_output_tokens: used,
    previous_response_id: used,
    store: used,
    include: used,
    text: used,
    top_logprobs: used,
    chat_template_kwargs: used,
    truncation: neutral("disabled"),
    background: neutral(false),
    stream_options: ignored,
    reasoning: refused("variables of the chat template go into chat_template_kwargs"),
    max_tool_calls: refused(),
    conversation: refused("use previous_response_id, or send the items"),
    prompt: refused("send input"),
    context_management: refused(),
    moderation: refused(),
  },
  messages: {
    model: used,
    messages: used,
    max_tokens: used,
    system: used,
    stream: used,
    stop_sequences: used,
    temperature: used,
    top_p: used,
    top_k: used,
    tools: used,
    tool_choice: used,
    metadata: ignored,
    service_tier: ignored,
    cache_control: ignored,
    inference_geo: ignored,
    thinking: {
      neutral: [{ type: "disabled" }],
      instead: "the model thinks as its template has it",
    },
    output_config: used,
    output_format: used,
    container: refused(),
    mcp_servers: neutral([]),
    context_management: refused(),
    speed: neutral("standard"),
  },
} as const satisfies Readonly<Record<string, FieldRules>>;

/** The endpoints whose fields have rules. */
export type Endpoint = keyof typeof fieldRules;

/**
 * The fields of a request that are used and not null.
 * @throws SERVE_FIELD_INVALID for a field that is unknown, or asks for what is not implemented
 */
export function usedFields(endpoint: Endpoint, body: JsonObject): JsonObject {
  const rules: FieldRules = fieldRules[endpoint];
  const kept: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(body)) {
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
    if (rule === undefined) throw fieldError(name, "unknown", "is not known");
    if (value === null || rule === "ignored") continue;
    if (rule === "used") kept[name] = value;
    else if (!rule.neutral.some((one) => isDeepStrictEqual(one, value))) {
      const way = rule.instead === undefined ? "" : ` (${rule.instead})`;
      throw fieldError(
        name,
        "unsupported",
        `is ${shownValue(value)}, which is not supported${way}`,
      );
    }
  }
  return kept;
}
