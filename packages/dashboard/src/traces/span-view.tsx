/** All that is known of one span: messages as a conversation, arguments and results, rewards, texts, and the other facts. */
import type { ReactNode } from "react";
import type { Schemas } from "../api/client.ts";
import { JsonBlock, TextBlock } from "../parts/json-view.tsx";
import { nameOf, type Span } from "./spans.ts";

type PromptText = Extract<Span, { span_type: "prompt" }>["input"];
type ShownMessage = Extract<PromptText, readonly unknown[]>[number];

export function SpanView({ span }: { readonly span: Span }): ReactNode {
  const { span_type: kind, hone } = span;
  return (
    <>
      <h2>
        {kind} {nameOf(span)}
      </h2>
      {hone.error !== undefined && (
        <Part title="Error">
          <JsonBlock value={hone.error} />
        </Part>
      )}
      <Content span={span} />
      <Part title="Facts">
        <JsonBlock value={hone} />
      </Part>
    </>
  );
}

function Part({
  title,
  children,
}: {
  readonly title: string;
  readonly children: ReactNode;
}): ReactNode {
  return (
    <section aria-label={title}>
      <h3>{title}</h3>
      {children}
    </section>
  );
}

function Content({ span }: { readonly span: Span }): ReactNode {
  switch (span.span_type) {
    case "prompt":
      return (
        <>
          <Part title={span.model === undefined ? "Input" : `Input of ${span.model}`}>
            <Conversation text={span.input} />
          </Part>
          {span.output !== undefined && (
            <Part title="Output">
              <Conversation text={span.output} />
            </Part>
          )}
        </>
      );
    case "tool":
      return (
        <>
          <Part title="Arguments">
            <JsonBlock value={span.arguments} />
          </Part>
          {span.result !== undefined && (
            <Part title="Result">
              <JsonBlock value={span.result} />
            </Part>
          )}
        </>
      );
    case "reward":
      return (
        <Part title={`Reward ${span.reward}`}>
          {span.hone.components !== undefined && <JsonBlock value={span.hone.components} />}
          {span.hone.reason !== undefined && <TextBlock text={span.hone.reason} />}
        </Part>
      );
    case "coordination":
      return (
        <Part title={span.hone.event}>
          <JsonBlock value={span.hone.details} />
        </Part>
      );
    case "content":
    case "reasoning":
      return (
        <Part title="Text">
          <TextBlock text={span.hone.content} />
        </Part>
      );
  }
}

const Conversation = ({ text }: { readonly text: PromptText }): ReactNode =>
  typeof text === "string" ? (
    <TextBlock text={text} />
  ) : (
    <ol className="messages">
      {text.map((message, i) => (
        <Message key={i} message={message} />
      ))}
    </ol>
  );

function Message({ message }: { readonly message: ShownMessage }): ReactNode {
  const { role, content, reasoning, images = [], toolCalls = [] } = message;
  return (
    <li className={`message ${role}`}>
      <span className="role">{role}</span>
      {content !== "" && <TextBlock text={content} />}
      {reasoning !== undefined && (
        <details>
          <summary>reasoning</summary>
          <TextBlock text={reasoning} />
        </details>
      )}
      {images.map(({ url }, i) => (
        <TextBlock key={i} text={`image ${url.slice(0, 200)}`} />
      ))}
      {toolCalls.map(({ id, name, arguments: given }) => (
        <TextBlock key={id} text={`${name}(${given})`} />
      ))}
    </li>
  );
}

/** What is known of a trace as a whole. */
export const TraceFacts = ({ trace }: { readonly trace: Schemas["Trace"] }): ReactNode => (
  <>
    <Part title="Task">
      <TextBlock text={trace.task} />
    </Part>
    <Part title="Facts">
      <JsonBlock value={trace.hone} />
    </Part>
  </>
);
