/** The title and the texts of a span, for the tree of a trace. They may hold control characters, so they must not be printed as
 * they are. */
import type { JsonValue } from "../../core/json.ts";
import type { Message } from "../../core/message.ts";
import type { PromptText, RewardSpan, Span } from "../../core/span.ts";

export interface LabelledText {
  readonly label: string;
  readonly text: string;
}

/** The title of a span after its kind: the model, the tool, the event. */
export function spanTitle(span: Span, byId: ReadonlyMap<string, Span>): string {
  switch (span.kind) {
    case "prompt":
      return [span.model ?? span.name ?? "", span.provider && `(${span.provider})`]
        .filter((part) => part !== undefined && part !== "")
        .join(" ");
    case "tool":
      return span.toolName;
    case "reward":
      return rewardTitle(span, byId);
    case "coordination":
      return span.event;
    case "content":
    case "reasoning":
      return span.name ?? "";
  }
}

function rewardTitle(span: RewardSpan, byId: ReadonlyMap<string, Span>): string {
  const { reward, rewardType, source, targetId } = span;
  const target = targetId === undefined ? undefined : byId.get(targetId);
  return [
    `${rewardType} ${Number(reward.toFixed(4))}`,
    ...(source === undefined ? [] : [`by ${source}`]),
    ...(target === undefined ? [] : [`for ${target.kind} ${spanTitle(target, new Map())}`.trim()]),
  ].join(" ");
}

/** The inputs and outputs of a span, each with its label. */
export function spanTexts(span: Span): LabelledText[] {
  switch (span.kind) {
    case "prompt":
      return [
        ...promptTexts(span.input, "input"),
        ...(span.output === undefined ? [] : promptTexts(span.output, "output")),
      ];
    case "tool":
      return [
        // Null: the tool takes no arguments.
        ...(span.arguments === null
          ? []
          : [{ label: "arguments", text: valueText(span.arguments) }]),
        ...(span.result === undefined ? [] : [{ label: "result", text: valueText(span.result) }]),
      ];
    case "reward":
      return [
        ...(span.components === undefined
          ? []
          : [{ label: "parts", text: valueText(span.components) }]),
        ...(span.reason === undefined ? [] : [{ label: "reason", text: span.reason }]),
      ];
    case "coordination":
      return [{ label: "details", text: valueText(span.details) }];
    case "content":
    case "reasoning":
      return [{ label: "", text: span.content }];
  }
}

const valueText = (value: JsonValue): string =>
  typeof value === "string" ? value : JSON.stringify(value);

function promptTexts(given: PromptText, label: string): LabelledText[] {
  if (typeof given === "string") return [{ label, text: given }];
  return given.flatMap((message) => {
    const mark = label === "output" ? "→ " : "";
    return messageTexts(message).map((one) => ({ ...one, label: mark + one.label }));
  });
}

function messageTexts({ role, content, images, reasoning, toolCalls }: Message): LabelledText[] {
  const pictures = images?.map(({ url }) => ({ label: "image", text: pictureText(url) })) ?? [];
  const calls = toolCalls?.map((call) => ({
    label: "calls",
    text: `${call.name}(${call.arguments})`,
  }));
  const others = [
    ...(reasoning === undefined ? [] : [{ label: "thinks", text: reasoning }]),
    ...pictures,
    ...(calls ?? []),
  ];
  // An assistant's message that only calls tools has no content to show.
  return content === "" && others.length > 0 ? others : [{ label: role, text: content }, ...others];
}

/** The address of a picture; of a data URL its type and length instead of its bytes. */
const pictureText = (url: string): string =>
  url.startsWith("data:")
    ? `${url.slice(0, url.indexOf(",") + 1)}… (${url.length} characters)`
    : url;
