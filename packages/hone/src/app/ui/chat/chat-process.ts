/** A model of a run in a process of its own with a low priority: what it takes of memory is free again when it ends. */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { HoneError } from "../../../core/errors.ts";
import { ownModule } from "../../../core/own-module.ts";
import type { UiChatEvent } from "../../../server/ui/chat-library.ts";
import { lowerPriority } from "../low-priority.ts";
import type { ChatJob, ChatOrder, ChatQuestion, ChatReport } from "./chat-job.ts";

/** A process that holds a model. */
export interface ChatProcess {
  /** Answers a conversation; the last event is `done` or `problem`. An abort stops the sampling. */
  answer(question: ChatQuestion, signal: AbortSignal): AsyncIterable<UiChatEvent>;
  /** Whether it can be asked. */
  readonly isRunning: () => boolean;
  /** Ends it; replies that are under way end with a problem. */
  end(): void;
}

/** Starts a process for a model; a test gives its own. */
export type ChatStarter = (job: ChatJob, model: string) => ChatProcess;

/** @param model  its name, for errors */
export const startChatProcess: ChatStarter = (job, model) => {
  const program = fileURLToPath(ownModule(new URL("./chat-runner.ts", import.meta.url)));
  const child = fork(program, { stdio: ["ignore", "ignore", "inherit", "ipc"] });
  const replies = new Map<number, (event: UiChatEvent) => void>();
  let ended: UiChatEvent | undefined;
  let count = 0;
  const isOver = (problem: string): void => {
    const { code, message } = new HoneError("UI_CHAT_ENDED", { model, problem });
    ended ??= { kind: "problem", code, message };
    for (const tell of replies.values()) tell(ended);
  };
  const send = (order: ChatOrder): void =>
    void child.send(order, (error) => error && isOver(error.message));
  child.send(job);
  child.once("spawn", () => lowerPriority(child.pid!));
  child.on("message", (message) => {
    const { number, event } = message as ChatReport;
    const told = number === undefined ? [...replies.values()] : [replies.get(number)];
    for (const tell of told) tell?.(event);
  });
  child.once("error", ({ message }) => isOver(message));
  child.once("exit", (code, by) => isOver(by ?? `code ${code}`));
  return {
    isRunning: () => ended === undefined,
    end: () => void child.kill(),
    answer: (question, signal) => {
      const number = count++;
      let leave = (): void => undefined;
      return new ReadableStream<UiChatEvent>({
        start: (controller) => {
          if (signal.aborted) return controller.close();
          const forget = (): void => {
            replies.delete(number);
            signal.removeEventListener("abort", abort);
          };
          const tell = (event: UiChatEvent): void => {
            controller.enqueue(event);
            if (event.kind !== "done" && event.kind !== "problem") return;
            forget();
            controller.close();
          };
          const abort = (): void => {
            leave();
            controller.close();
          };
          if (ended !== undefined) return tell(ended);
          leave = () => {
            forget();
            if (ended === undefined) send({ kind: "stop", number });
          };
          replies.set(number, tell);
          signal.addEventListener("abort", abort, { once: true });
          send({ kind: "answer", number, question });
        },
        cancel: () => leave(),
      });
    },
  };
};
