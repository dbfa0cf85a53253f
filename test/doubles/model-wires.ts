/** What the wires of model providers look like, written out for `startModelEndpoint`. */

/** Tokens of every answer; where there is reasoning, `reasoning` of them are. */
const usage = { input: 21, output: 7, reasoning: 3, cached: 4 } as const;

/** An answer with what every wire needs to say it. */
interface Said {
  readonly text?: string;
  readonly reasoning?: string;
  readonly calls: readonly {
    readonly id: string;
    readonly name: string;
    readonly arguments: Readonly<Record<string, unknown>>;
  }[];
  /** Counts the answers from 1; part of their ids. */
  readonly number: number;
  readonly model: string;
  readonly request: Readonly<Record<string, unknown>>;
}

export interface Wire {
  plain(said: Said): object;
  /** Server-sent events, each with its empty line. */
  events(said: Said): string[];
  error(message: string): object;
}

const created = 1_760_000_000;

/** Pieces as a model would stream them. */
const piecesOf = (text: string): string[] => text.match(/[^]{1,6}/gu) ?? [];

const data = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`;

const chatUsage = {
  prompt_tokens: usage.input,
  completion_tokens: usage.output,
  total_tokens: usage.input + usage.output,
  prompt_tokens_details: { cached_tokens: usage.cached },
  completion_tokens_details: { reasoning_tokens: usage.reasoning },
};

export const chatCompletions: Wire = {
  plain: ({ text, reasoning, calls, number, model }) => ({
    id: `chatcmpl-${number}`,
    object: "chat.completion",
    created,
    model,
    choices: [
      {
        index: 0,
        message: {
          role: "assistant",
          content: text ?? null,
          refusal: null,
          ...(reasoning === undefined ? {} : { reasoning_content: reasoning }),
          ...(calls.length === 0 ? {} : { tool_calls: calls.map((call) => chatCall(call)) }),
        },
        logprobs: null,
        finish_reason: calls.length === 0 ? "stop" : "tool_calls",
      },
    ],
    usage: chatUsage,
  }),
  events: ({ text = "", reasoning = "", calls, number, model, request }) => {
    const chunk = (more: object) => ({
      id: `chatcmpl-${number}`,
      object: "chat.completion.chunk",
      created,
      model,
      ...more,
    });
    const delta = (given: object, finish_reason: string | null = null) =>
      chunk({ choices: [{ index: 0, delta: given, logprobs: null, finish_reason }] });
    const wantsUsage =
      (request["stream_options"] as { include_usage?: boolean } | undefined)?.include_usage ===
      true;
    return [
      delta({ role: "assistant", content: text === "" && calls.length > 0 ? null : "" }),
      ...piecesOf(reasoning).map((piece) => delta({ reasoning_content: piece })),
      ...piecesOf(text).map((piece) => delta({ content: piece })),
      ...calls.flatMap((call, index) => [
        delta({ tool_calls: [{ index, ...chatCall(call, true) }] }),
        ...piecesOf(JSON.stringify(call.arguments)).map((piece) =>
          delta({ tool_calls: [{ index, function: { arguments: piece } }] }),
        ),
      ]),
      delta({}, calls.length === 0 ? "stop" : "tool_calls"),
      ...(wantsUsage ? [chunk({ choices: [], usage: chatUsage })] : []),
    ]
      .map(data)
      .concat("data: [DONE]\n\n");
  },
  error: (message) => ({ error: { message, type: "scripted_error", param: null, code: null } }),
};

const chatCall = (call: Said["calls"][number], isStart = false) => ({
  id: call.id,
  type: "function",
  function: { name: call.name, arguments: isStart ? "" : JSON.stringify(call.arguments) },
});

export const responses: Wire = {
  plain: (said) => response(said, "completed", itemsOf(said)),
  events: (said) => {
    const events: object[] = [
      { type: "response.created", response: response(said, "in_progress", []) },
      { type: "response.in_progress", response: response(said, "in_progress", []) },
    ];
    for (const [output_index, item] of itemsOf(said).entries()) {
      const place = { item_id: item.id, output_index };
      const begun = { ...item, ...emptied(item), status: "in_progress" };
      events.push({ type: "response.output_item.added", output_index, item: begun });
      events.push(...itemEvents(item, place));
      events.push({ type: "response.output_item.done", output_index, item });
    }
    events.push({
      type: "response.completed",
      response: response(said, "completed", itemsOf(said)),
    });
    return events.map((event, sequence_number) => {
      const { type } = event as { type: string };
      return `event: ${type}\n${data({ ...event, sequence_number })}`;
    });
  },
  error: (message) => ({ error: { message, type: "scripted_error", param: null, code: null } }),
};

type Item = Readonly<Record<string, unknown>> & { readonly id: string; readonly type: string };

const itemsOf = ({ text, reasoning, calls, number }: Said): Item[] => [
  ...(reasoning === undefined
    ? []
    : [
        {
          id: `rs_${number}`,
          type: "reasoning",
          summary: [{ type: "summary_text", text: reasoning }],
        },
      ]),
  ...(text === undefined
    ? []
    : [
        {
          id: `msg_${number}`,
          type: "message",
          role: "assistant",
          status: "completed",
          content: [{ type: "output_text", text, annotations: [], logprobs: [] }],
        },
      ]),
  ...calls.map((call) => ({
    id: `fc_${call.id}`,
    type: "function_call",
    call_id: call.id,
    name: call.name,
    arguments: JSON.stringify(call.arguments),
    status: "completed",
  })),
];

const emptied = ({ type }: Item): object =>
  type === "message" ? { content: [] } : type === "reasoning" ? { summary: [] } : { arguments: "" };

function itemEvents(item: Item, place: object): object[] {
  if (item.type === "function_call") {
    const text = String(item["arguments"]);
    return [
      ...piecesOf(text).map((delta) => ({
        type: "response.function_call_arguments.delta",
        ...place,
        delta,
      })),
      {
        type: "response.function_call_arguments.done",
        ...place,
        name: item["name"],
        arguments: text,
      },
    ];
  }
  const isMessage = item.type === "message";
  const [part] = item[isMessage ? "content" : "summary"] as [{ type: string; text: string }];
  const at = { ...place, [isMessage ? "content_index" : "summary_index"]: 0 };
  const name = isMessage ? "response.output_text" : "response.reasoning_summary_text";
  const partName = isMessage ? "response.content_part" : "response.reasoning_summary_part";
  return [
    { type: `${partName}.added`, ...at, part: { ...part, text: "" } },
    ...piecesOf(part.text).map((delta) => ({ type: `${name}.delta`, ...at, delta, logprobs: [] })),
    { type: `${name}.done`, ...at, text: part.text, logprobs: [] },
    { type: `${partName}.done`, ...at, part },
  ];
}

const response = ({ number, model, request }: Said, status: string, output: readonly Item[]) => ({
  id: `resp_${number}`,
  object: "response",
  created_at: created,
  status,
  background: false,
  error: null,
  incomplete_details: null,
  instructions: request["instructions"] ?? null,
  max_output_tokens: null,
  metadata: {},
  model,
  output,
  parallel_tool_calls: true,
  previous_response_id: request["previous_response_id"] ?? null,
  temperature: 1,
  text: { format: { type: "text" } },
  tool_choice: "auto",
  tools: request["tools"] ?? [],
  top_p: 1,
  truncation: "disabled",
  usage:
    status === "completed"
      ? {
          input_tokens: usage.input,
          input_tokens_details: { cached_tokens: usage.cached },
          output_tokens: usage.output,
          output_tokens_details: { reasoning_tokens: usage.reasoning },
          total_tokens: usage.input + usage.output,
        }
      : null,
});

export const anthropicMessages: Wire = {
  plain: (said) => ({
    ...anthropicHead(said),
    content: blocksOf(said),
    stop_reason: said.calls.length === 0 ? "end_turn" : "tool_use",
    usage: anthropicUsage(usage.output),
  }),
  events: (said) => {
    const head = { ...anthropicHead(said), content: [], stop_reason: null };
    const events: { readonly type: string }[] = [
      { type: "message_start", ...{ message: { ...head, usage: anthropicUsage(1) } } },
      ...blocksOf(said).flatMap((block, index) => [
        { type: "content_block_start", index, content_block: emptyBlock(block) },
        ...blockDeltas(block).map((delta) => ({ type: "content_block_delta", index, delta })),
        { type: "content_block_stop", index },
      ]),
      {
        type: "message_delta",
        ...{
          delta: {
            stop_reason: said.calls.length === 0 ? "end_turn" : "tool_use",
            stop_sequence: null,
          },
          usage: { output_tokens: usage.output },
        },
      },
      { type: "message_stop" },
    ];
    return events.map((event) => `event: ${event.type}\n${data(event)}`);
  },
  error: (message) => ({ type: "error", error: { type: "scripted_error", message } }),
};

const anthropicHead = ({ number, model }: Said) => ({
  id: `msg_${number}`,
  type: "message",
  role: "assistant",
  model,
  stop_sequence: null,
});

/** Anthropic counts what is read from the cache beside `input_tokens`. */
const anthropicUsage = (output_tokens: number) => ({
  input_tokens: usage.input - usage.cached,
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: usage.cached,
  output_tokens,
});

type Block =
  | { readonly type: "thinking"; readonly thinking: string; readonly signature: string }
  | { readonly type: "text"; readonly text: string }
  | {
      readonly type: "tool_use";
      readonly id: string;
      readonly name: string;
      readonly input: Readonly<Record<string, unknown>>;
    };

const blocksOf = ({ text, reasoning, calls }: Said): Block[] => [
  ...(reasoning === undefined
    ? []
    : [{ type: "thinking" as const, thinking: reasoning, signature: "c2lnbmVk" }]),
  ...(text === undefined ? [] : [{ type: "text" as const, text }]),
  ...calls.map((call) => ({
    type: "tool_use" as const,
    id: call.id,
    name: call.name,
    input: call.arguments,
  })),
];

function emptyBlock(block: Block): object {
  if (block.type === "text") return { ...block, text: "" };
  return block.type === "thinking"
    ? { ...block, thinking: "", signature: "" }
    : { ...block, input: {} };
}

function blockDeltas(block: Block): object[] {
  switch (block.type) {
    case "text":
      return piecesOf(block.text).map((text) => ({ type: "text_delta", text }));
    case "thinking":
      return [
        ...piecesOf(block.thinking).map((thinking) => ({ type: "thinking_delta", thinking })),
        { type: "signature_delta", signature: block.signature },
      ];
    case "tool_use":
      return piecesOf(JSON.stringify(block.input)).map((partial_json) => ({
        type: "input_json_delta",
        partial_json,
      }));
  }
}
