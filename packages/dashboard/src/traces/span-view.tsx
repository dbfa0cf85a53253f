/** All that is known of one span: messages as a conversation, arguments and results, rewards, texts, and the other facts. */
import type { ReactNode } from "react";
import type { Schemas } from "../api/client.ts";
import { CopyButton } from "../parts/copy-button.tsx";
import { JsonBlock, TextBlock } from "../parts/json-view.tsx";
import { dollarsText } from "../parts/text.ts";
import { nameOf, type Span } from "./spans.ts";

type PromptText = Extract<Span, { span_type: "prompt" }>["input"];
type ShownMessage = Extract<PromptText, readonly unknown[]>[number];

interface SpanViewProps {
  readonly span: Span;
  /** Dollars, where they are known. */
  readonly cost?: number | undefined;
}

export function SpanView({ span, cost }: SpanViewProps): ReactNode {
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
      {cost !== undefined && <p className="soft">{`cost ${dollarsText(cost)}`}</p>}
      <Part title="Facts">
        <JsonBlock value={hone} />
      </Part>
      <details>
        <summary>Raw</summary>
        <CopyButton text={JSON.stringify(span, undefined, 2)} />
        <JsonBlock value={span} />
      </details>
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
        <ShownImage key={i} url={url} />
      ))}
      {toolCalls.map(({ id, name, arguments: given }) => (
        <TextBlock key={id} text={`${name}(${given})`} />
      ))}
    </li>
  );
}

/** Images that browsers draw without running anything in them: no SVG. */
const rasterImage = /^data:image\/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/=]+$/;

/** An image that is in the trace itself; one that lies elsewhere is named, and never fetched. */
const ShownImage = ({ url }: { readonly url: string }): ReactNode =>
  rasterImage.test(url) ? (
    <img className="shown-image" src={url} alt="Image of the message" />
  ) : (
    <TextBlock text={`image ${url.slice(0, 200)}`} />
  );

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
