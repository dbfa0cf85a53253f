/**
 * One process that runs programs: started with next to no rights, spoken to by lines of JSON, killed when a run takes too long.
 * What comes out of it is checked, since a program that broke out of its interpreter could write there.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { Readable } from "node:stream";
import { HoneError, messageOf } from "../../core/errors.ts";
import { replyPipe } from "../runners/messages.ts";
import { type CheckedReply, readReply } from "./read-reply.ts";

/** How a process is started. */
export interface RunnerCommand {
  readonly program: string;
  readonly arguments: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Receives a process's replies; `ended` is called once, when the process is gone. */
export interface RunnerListener {
  readonly reply: (reply: CheckedReply) => void;
  readonly ended: (problem: string) => void;
}

/** The last characters of what a process writes to stderr, which say why it died. */
const keptDiagnosis = 4_000;

/** A start may take that long, also on a busy machine. */
const startMs = 120_000;

export class RunnerProcess {
  /** Resolves when the process can run its first program. */
  readonly ready: Promise<void>;
  /** Programs that it has been given. */
  uses = 0;
  isDead = false;
  #child: ChildProcess | undefined;
  #isWaitedFor = true;
  #listener: RunnerListener;
  #diagnosis = "";
  #problem: string | undefined;
  #unread = 0;
  #unreadLimit = Infinity;

  /**
   * @param name     the sandbox's name, for errors
   * @param command  how it is started; what has to be made before is waited for
   */
  constructor(name: string, command: () => Promise<RunnerCommand>) {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.ready = promise;
    // May be unobserved: a process that is started ahead can fail before it is taken.
    promise.catch(() => {});
    let timer: NodeJS.Timeout | undefined;
    this.#listener = {
      reply: (reply) => {
        clearTimeout(timer);
        if (reply.kind === "ready") resolve();
        else this.kill(reply.kind === "broken" ? reply.message : "it began with an unknown reply");
      },
      ended: (problem) => {
        clearTimeout(timer);
        reject(new HoneError("SANDBOX_CRASHED", { sandbox: name, problem }));
      },
    };
    const start = async (): Promise<void> => {
      const ready = await command();
      if (this.isDead) return;
      timer = setTimeout(() => this.kill(`it did not start within ${startMs} ms`), startMs);
      timer.unref();
      this.#start(ready);
    };
    start().catch((error: unknown) => {
      clearTimeout(timer);
      this.isDead = true;
      reject(error);
    });
  }

  /** Sends a program to it; the listener receives the replies until the next program is sent. */
  send(
    request: string,
    { replyBytes, ...listener }: RunnerListener & { replyBytes: number },
  ): void {
    this.uses++;
    this.#listener = listener;
    this.#unread = 0;
    this.#unreadLimit = replyBytes;
    this.#child!.stdin!.write(`${request}\n`);
  }

  /** Ends the process at once. */
  kill(problem: string): void {
    this.#problem ??= problem;
    this.isDead = true;
    if (this.#child === undefined) this.#end(problem);
    else this.#child.kill("SIGKILL");
  }

  /** Whether Node waits for this process before it exits. */
  setWaitedFor(isWaitedFor: boolean): void {
    this.#isWaitedFor = isWaitedFor;
    if (this.#child === undefined) return;
    const { stdin, stderr, stdio } = this.#child;
    for (const one of [this.#child, stdin, stderr, stdio[replyPipe]]) {
      const handle = one as { ref?: () => void; unref?: () => void };
      if (isWaitedFor) handle.ref?.();
      else handle.unref?.();
    }
  }

  #start({ program, arguments: given, env }: RunnerCommand): void {
    const child = spawn(program, given, {
      env,
      stdio: ["pipe", "ignore", "pipe", "pipe"],
      windowsHide: true,
    });
    this.#child = child;
    child.stdin!.on("error", () => {});
    child.stderr!.setEncoding("utf8").on("data", (text: string) => {
      this.#diagnosis = (this.#diagnosis + text).slice(-keptDiagnosis);
    });
    const replies = child.stdio[replyPipe];
    if (replies instanceof Readable) this.#readLines(replies);
    child.on("error", (error) => this.#end(error.message));
    child.on("close", (code, signal) => {
      const how = signal === null ? `it ended with code ${code}` : `it was ended by ${signal}`;
      const said = this.#diagnosis.trim();
      this.#end(this.#problem ?? (said === "" ? how : `${how}: ${said}`));
    });
    this.setWaitedFor(this.#isWaitedFor);
  }

  #readLines(stream: Readable): void {
    let begun: string[] = [];
    stream.setEncoding("utf8").on("data", (text: string) => {
      if (this.isDead) return;
      this.#unread += text.length;
      if (this.#unread > this.#unreadLimit) {
        this.kill("it sent more than a run can have");
        return;
      }
      const lines = text.split("\n");
      const rest = lines.pop()!;
      for (const line of lines) {
        this.#take([...begun, line].join(""));
        begun = [];
      }
      begun.push(rest);
    });
  }

  #take(line: string): void {
    if (this.isDead) return;
    const reply = readReply(line);
    if (reply === undefined) this.kill("it sent what is no reply");
    else this.#heed(reply);
  }

  /** What a reply leads to must not throw in the handler of a pipe, where it would end hone's own process. */
  #heed(reply: CheckedReply): void {
    try {
      this.#listener.reply(reply);
    } catch (error) {
      this.kill(`a reply could not be taken: ${messageOf(error)}`);
    }
  }

  #end(problem: string): void {
    this.isDead = true;
    this.#listener.ended(problem);
  }
}
