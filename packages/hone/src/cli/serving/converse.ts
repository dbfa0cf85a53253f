/** A conversation in a terminal, or in a pipe with one message a line. */
import { createInterface } from "node:readline";
import type { ChatSession } from "../../app/serving/open-chat.ts";
import { isHoneError } from "../../core/errors.ts";
import type { Invocation } from "../command.ts";
import { reportError } from "../report-error.ts";
import { countText } from "../terminal/figures.ts";

const commands = "/reset forgets, /exit ends, Ctrl-C stops a reply";

/** Answers each line until the input ends, /exit or Ctrl-C. */
export async function converse(
  session: ChatSession,
  invocation: Invocation<unknown>,
): Promise<void> {
  const { terminal, signal, interrupt } = invocation;
  const { stdin, stdout } = terminal.streams;
  const isTerminal = terminal.isInteractive;
  const lines = createInterface({ input: stdin, ...(isTerminal ? { output: stdout } : {}) });
  signal.addEventListener("abort", () => lines.close(), { once: true });
  if (isTerminal) {
    lines.setPrompt(terminal.style("bold", "you  "));
    lines.on("SIGINT", () => interrupt.press());
    terminal.say(greeting(session));
    lines.prompt();
  }
  for await (const line of lines) {
    const text = line.trim();
    if (text === "/exit") break;
    if (text === "/reset") session.reset();
    else if (isTerminal && text.startsWith("/")) terminal.say(commands);
    else if (text !== "") await answer(session, text, invocation, isTerminal);
    if (signal.aborted) break;
    if (isTerminal) lines.prompt();
  }
  lines.close();
}

/** Answers one message. In a conversation in a terminal an error is shown and the conversation goes on; elsewhere it ends the command. */
export async function answer(
  session: ChatSession,
  text: string,
  { terminal, signal, interrupt }: Invocation<unknown>,
  isTerminal = false,
): Promise<void> {
  const stop = new AbortController();
  const release = interrupt.divert(() => stop.abort());
  if (isTerminal) terminal.write(terminal.style("cyan", "model  "));
  try {
    const reply = await session
      .say(
        text,
        (piece) => terminal.write(isTerminal ? printable(piece) : piece),
        AbortSignal.any([signal, stop.signal]),
      )
      // Before the reply is said to be whole: a Ctrl-C after that is meant for the command.
      .finally(release);
    terminal.emit({ event: "reply", prompt: text, ...reply });
    terminal.write("\n");
    if (isTerminal && reply.stopReason === "length")
      terminal.say(terminal.style("dim", "(cut: longest reply)"));
  } catch (error) {
    if (!isTerminal || !isHoneError(error)) throw error;
    terminal.write("\n");
    reportError(error, terminal);
  }
}

/** The text without control characters, so that a reply cannot control the terminal. */
const printable = (text: string): string => text.replaceAll(/(?![\n\t])\p{Cc}/gu, "\uFFFD");

function greeting(session: ChatSession): string {
  const { found, parameterCount, contextLength } = session;
  const { name, checkpoint, adapter } = found;
  const parts = [
    checkpoint === undefined ? name : `${name} (${checkpoint.name})`,
    `${countText(parameterCount)} parameters${adapter === undefined ? "" : " + adapter"}`,
    `${contextLength} tokens of context`,
  ];
  return `${parts.join(" · ")}\n${commands}`;
}
