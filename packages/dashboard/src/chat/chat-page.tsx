/** A conversation with a checkpoint of a run, which the server loads into a process of its own. */
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { Button, Label, TextArea, TextField } from "react-aria-components";
import { Link } from "wouter";
import { api, pageSession, type Schemas } from "../api/client.ts";
import { CopiedCommand } from "../parts/copied-command.tsx";
import { PageTitle } from "../parts/page-title.tsx";
import { Empty, PageProblem, Problem } from "../parts/problem.tsx";
import { numberText } from "../parts/text.ts";
import { chatCommand } from "./chat-api.ts";
import { ChatSettingsForm, useChatSettings } from "./chat-settings.tsx";
import { type Chat, type ChatTurn, useChat } from "./use-chat.ts";
import "./chat.css";

export function ChatPage({ name }: { readonly name: string }): ReactNode {
  const run = useQuery({ queryKey: ["run", name], queryFn: ({ signal }) => api.run(name, signal) });
  const session = useQuery({ queryKey: ["session"], queryFn: pageSession });
  const error = run.error ?? session.error;
  if (error !== null) return <PageProblem title={`Chat with ${name}`} error={error} />;
  return (
    <>
      <div className="page-head">
        <PageTitle>{`Chat with ${name}`}</PageTitle>
        <Link href={`/runs/${encodeURIComponent(name)}`}>the run</Link>
      </div>
      {run.data === undefined || session.data === undefined ? (
        <p>Loading …</p>
      ) : session.data.allowsChat ? (
        <Conversation run={run.data} />
      ) : (
        <Empty command="npx hone ui --allow-chat">
          This page loads a model only where its server was started to allow it. In a terminal:{" "}
          <code>{chatCommand(run.data.folder)}</code>
        </Empty>
      )}
    </>
  );
}

function Conversation({ run }: { readonly run: Schemas["RunDetails"] }): ReactNode {
  const addressed = useChatSettings(run.name);
  const chat = useChat(addressed.settings);
  return (
    <div className="chat">
      <ChatSettingsForm {...addressed} checkpoints={run.checkpoints} />
      <Turns chat={chat} />
      {chat.error !== undefined && <Problem error={chat.error} />}
      <SayForm chat={chat} />
      <details>
        <summary>The same in a terminal</summary>
        <CopiedCommand
          does="chats with it in a terminal"
          command={chatCommand(run.folder, addressed.settings.checkpoint)}
        />
      </details>
    </div>
  );
}

/** What was said, down to its end while it grows. */
function Turns({ chat: { turns, progress, isBusy } }: { readonly chat: Chat }): ReactNode {
  const box = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(true);
  useEffect(() => {
    if (isAtEnd.current) box.current?.scrollTo({ top: box.current.scrollHeight });
  }, [turns, progress]);
  return (
    <div
      ref={box}
      className="turns"
      role="log"
      aria-label="Conversation"
      aria-busy={isBusy}
      tabIndex={0}
      onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
        // Somebody who reads further up is left there.
        isAtEnd.current = scrollHeight - scrollTop - clientHeight < 40;
      }}
    >
      {turns.length === 0 && (
        <p className="soft">
          Nothing is said yet. The first message loads the model; it is unloaded when nobody has
          asked it for five minutes.
        </p>
      )}
      {turns.map((turn, i) => (
        <Turn key={i} turn={turn} progress={i === turns.length - 1 ? progress : undefined} />
      ))}
    </div>
  );
}

const Turn = ({
  turn: { role, text, reasoning, state, end },
  progress,
}: {
  readonly turn: ChatTurn;
  readonly progress: Chat["progress"];
}): ReactNode => (
  <article className={`turn ${role}`} aria-label={role === "user" ? "You" : "Model"}>
    <h2>{role === "user" ? "You" : "Model"}</h2>
    {reasoning !== "" && (
      <details>
        <summary>What it thought</summary>
        <p className="said soft">{reasoning}</p>
      </details>
    )}
    {text === "" && state === "coming" ? (
      <p className="soft">{progress === undefined ? "…" : progressText(progress)}</p>
    ) : (
      <p className="said">{text === "" ? "It said nothing." : text}</p>
    )}
    {state === "stopped" && <p className="soft">stopped</p>}
    {end !== undefined && <p className="soft">{endText(end)}</p>}
  </article>
);

const progressText = ({ what, share }: NonNullable<Chat["progress"]>): string =>
  `${what}${share === undefined ? "" : `, ${Math.round(100 * share)} %`} …`;

function endText({ tokens, seconds, stopReason }: NonNullable<ChatTurn["end"]>): string {
  const rate = `${numberText(tokens)} tokens, ${numberText(tokens / Math.max(seconds, 0.001))} per second`;
  return stopReason === "length" ? `${rate}; cut off at the longest reply` : rate;
}

function SayForm({ chat }: { readonly chat: Chat }): ReactNode {
  const [text, setText] = useState("");
  const { unanswered } = chat;
  useEffect(() => {
    if (unanswered !== undefined) setText((typed) => (typed === "" ? unanswered : typed));
  }, [unanswered]);
  const send = (): void => {
    if (chat.isBusy || text.trim() === "") return;
    chat.say(text);
    setText("");
  };
  return (
    <form
      className="say"
      aria-label="Your message"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <TextField value={text} onChange={setText} autoFocus>
        <Label>Message: Enter sends, Shift Enter begins a line, Esc stops a reply</Label>
        <TextArea
          rows={3}
          onKeyDown={(event) => {
            if (event.key === "Escape") chat.stop();
            if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
            event.preventDefault();
            send();
          }}
        />
      </TextField>
      <div className="say-actions">
        <Button
          type="submit"
          className="action main"
          isDisabled={chat.isBusy || text.trim() === ""}
        >
          Send
        </Button>
        <Button className="action" isDisabled={!chat.isBusy} onPress={chat.stop}>
          Stop
        </Button>
        <Button className="action" isDisabled={chat.turns.length === 0} onPress={chat.clear}>
          New conversation
        </Button>
      </div>
    </form>
  );
}
