/** `hone chat`: talk to a model in the terminal, or line by line in a pipe. */
import { createInterface } from "node:readline";
import { Option } from "commander";
import type { ChatSession } from "../app/chat.ts";
import { isHoneError } from "../core/errors.ts";
import { defineCommand, type Invocation } from "./command.ts";
import { numberBetween, runsOption, seedOption, threadsOption, wholeNumber } from "./parse.ts";
import { reportError } from "./report-error.ts";
import { countText } from "./text.ts";

interface Flags {
  readonly adapter?: string;
  readonly system?: string;
  readonly maxTokens: number;
  readonly temperature: number;
  readonly topP: number;
  readonly checkpoint?: string;
  readonly runs: string;
  readonly seed: number;
  readonly threads?: number;
}

export const command = defineCommand<Flags>({
  summary: "Talk to a model in the terminal.",
  examples: [
    "hone chat Qwen/Qwen2.5-0.5B-Instruct",
    "hone chat models/tiny --adapter runs/math-20260101-1200-7f3a",
    'echo "solve 3x+7=16" | hone chat 7f3a --temperature 0',
  ],
  notes: [
    "In a pipe every line is something said and every reply a line. In a terminal:",
    "  /reset forgets the conversation, /exit ends; Ctrl-C stops a reply, then ends.",
  ],
  define: (command) =>
    void command
      .argument("<model>", "a folder, a run, or a Hugging Face id (name@revision)")
      .option("--adapter <folder>", "a PEFT adapter, or a run with one")
      .option("--checkpoint <name>", "of a run: best, latest or a name         (its result)")
      .option("--system <text>", "what the model is told first")
      .addOption(
        new Option("--max-tokens <n>", "longest reply, in tokens")
          .argParser(wholeNumber(1))
          .default(512),
      )
      .addOption(
        new Option("--temperature <t>", "0 takes the likeliest token")
          .argParser(numberBetween(0))
          .default(0.7),
      )
      .addOption(
        new Option("--top-p <p>", "share of probability to choose from")
          .argParser(numberBetween(0.001, 1))
          .default(1),
      )
      .addOption(runsOption())
      .addOption(seedOption())
      .addOption(threadsOption()),
  run: async (invocation) => {
    const { values, flags, terminal, signal } = invocation;
    const { openChat } = await import("../app/chat.ts");
    const onProgress = terminal.progress;
    const session = await openChat({ ...flags, model: values[0]!, signal, onProgress });
    terminal.clearProgress();
    for (const notice of session.found.notices) terminal.warn(notice);
    try {
      await converse(session, invocation);
    } finally {
      await session.close();
    }
  },
});

async function converse(session: ChatSession, invocation: Invocation<Flags>): Promise<void> {
  const { terminal, signal, interrupt } = invocation;
  const { stdin, stdout } = terminal.streams;
  const isTerminal = stdin.isTTY && stdout.isTTY && !terminal.isJson;
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
    else if (text !== "") await answer(session, text, invocation, isTerminal);
    if (signal.aborted) break;
    if (isTerminal) lines.prompt();
  }
  lines.close();
}

/** One reply. In a terminal an error is shown and the conversation goes on; in a pipe it ends the command. */
async function answer(
  session: ChatSession,
  text: string,
  { terminal, signal, interrupt }: Invocation<Flags>,
  isTerminal: boolean,
): Promise<void> {
  const stop = new AbortController();
  const release = interrupt.divert(() => stop.abort());
  if (isTerminal) terminal.write(terminal.style("cyan", "model  "));
  try {
    const reply = await session.say(
      text,
      (piece) => terminal.write(piece),
      AbortSignal.any([signal, stop.signal]),
    );
    terminal.emit({ event: "reply", prompt: text, ...reply });
    terminal.write("\n");
    if (isTerminal && reply.stopReason === "length")
      terminal.say(terminal.style("dim", "(cut: longest reply)"));
  } catch (error) {
    if (!isTerminal || !isHoneError(error)) throw error;
    terminal.write("\n");
    reportError(error, terminal);
  } finally {
    release();
  }
}

function greeting(session: ChatSession): string {
  const { found, parameterCount, contextLength } = session;
  const { name, checkpoint, adapter } = found;
  const parts = [
    checkpoint === undefined ? name : `${name} (${checkpoint.name})`,
    `${countText(parameterCount)} parameters${adapter === undefined ? "" : " + adapter"}`,
    `${contextLength} tokens of context`,
  ];
  return `${parts.join(" · ")}\n/reset forgets, /exit ends, Ctrl-C stops a reply`;
}
