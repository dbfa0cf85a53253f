/** All that is known of one span: messages as a conversation, arguments and results, rewards, what failed. */
import type { ReactNode } from "react";
import { JsonBlock, TextBlock } from "../parts/json-view.tsx";
import type { ShownSpan } from "./spans.ts";

/** The keys of a span that have a heading of their own, in their order. */
const parts = [
  ["input", "Input"],
  ["output", "Output"],
  ["tool_args", "Arguments"],
  ["tool_result", "Result"],
  ["content", "Text"],
  ["reward", "Reward"],
] as const;

export function SpanView({ span }: { readonly span: ShownSpan }): ReactNode {
  const { json } = span;
  const shown = parts.filter(([key]) => json[key] !== undefined);
  const rest = Object.fromEntries(
    Object.entries(json).filter(([key]) => !parts.some(([name]) => name === key)),
  );
  return (
    <>
      <h2>
        {span.kind} {span.name}
      </h2>
      {shown.map(([key, title]) => (
        <div key={key}>
          <h3>{title}</h3>
          <Content value={json[key]} />
        </div>
      ))}
      <h3>Facts</h3>
      <JsonBlock value={rest} />
    </>
  );
}

const Content = ({ value }: { readonly value: unknown }): ReactNode =>
  isMessages(value) ? (
    <ol className="messages">
      {value.map((message, i) => (
        <li key={i} className={`message ${message.role}`}>
          <span className="role">{message.role}</span>
          <TextBlock text={message.content} />
          {message.reasoning !== undefined && (
            <details>
              <summary>reasoning</summary>
              <TextBlock text={message.reasoning} />
            </details>
          )}
          {message.images?.map(({ url }) => (
            <TextBlock key={url} text={`image ${url.slice(0, 200)}`} />
          ))}
          {message.toolCalls?.map(({ id, name, arguments: given }) => (
            <TextBlock key={id} text={`${name}(${given})`} />
          ))}
        </li>
      ))}
    </ol>
  ) : (
    <JsonBlock value={value} />
  );

interface ShownMessage {
  readonly role: string;
  readonly content: string;
  readonly reasoning?: string;
  readonly images?: readonly { readonly url: string }[];
  readonly toolCalls?: readonly {
    readonly id: string;
    readonly name: string;
    readonly arguments: string;
  }[];
}

const isMessages = (value: unknown): value is readonly ShownMessage[] =>
  Array.isArray(value) &&
  value.every((one: unknown) => typeof one === "object" && one !== null && "role" in one);
