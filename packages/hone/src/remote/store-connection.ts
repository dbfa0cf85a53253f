/**
 * Requests to a server of a store. One that cannot be reached, or that breaks off in the middle of an answer, is asked again with
 * growing pauses: every method may be repeated.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { type ErrorJson, errorFromJson, HoneError, isHoneError } from "../core/errors.ts";
import { isObject } from "../core/json.ts";
import {
  type AnswerLine,
  demandStoreKey,
  readAnswerLine,
  storePath,
  type WireMethod,
} from "../formats/store-wire.ts";
import { answerLines } from "./answer-lines.ts";
import { brokenOff, ServerAway } from "./server-away.ts";
import { sendInTime } from "./timed-request.ts";

/** How a server is reached. */
export interface RemoteOptions {
  /** The key that the server asks for. Default: none is shown. */
  readonly key?: string | undefined;
  /** How long a request waits for a server that cannot be reached, in ms. Default 60,000. */
  readonly retryMs?: number;
  /** How long opening waits for the server, in ms. Default 5,000. */
  readonly openMs?: number;
  /** Time after which an answer without any byte counts as broken off, in ms. Default 60,000; the server sends one every 10,000. */
  readonly quietMs?: number;
  /** Called before each further attempt to reach a server that cannot be reached, with the reason. */
  readonly onWaiting?: ((reason: string) => void) | undefined;
  /** Called with each part of the store that the server could not read, perhaps several times. */
  readonly onProblem?: (problem: HoneError) => void;
}

/** A line of an answer that is part of the result. */
type ResultLine = Extract<AnswerLine, { item: unknown } | { end: unknown }>;

/** The next line. @throws ServerAway where the connection broke */
const nextOf = (texts: AsyncGenerator<string, void>): Promise<IteratorResult<string, void>> =>
  texts.next().catch(brokenOff);

/** Bytes of a request that a slow network sends in a ms: 64 MB in the 300 s that the server waits for them. */
const slowestBytesPerMs = 200;

/** The connection to one server. */
export class StoreConnection {
  readonly url: string;
  /** How long a request waits for a server that cannot be reached, in ms; while it is opened, for a shorter time. */
  retryMs: number;
  /** Time without any byte of an answer after which the connection counts as broken, in ms; while it is opened, no longer than that lasts. */
  #quietMs: number;
  #isKeyShown = false;
  readonly #options: RemoteOptions;
  readonly #underWay = new Set<Promise<unknown>>();
  readonly #closing = new AbortController();

  /** @throws STORE_KEY_INVALID */
  constructor(url: string, options: RemoteOptions) {
    if (options.key !== undefined) demandStoreKey(options.key);
    this.url = url;
    this.#options = options;
    this.retryMs = options.openMs ?? 5_000;
    this.#quietMs = Math.min(this.retryMs, options.quietMs ?? 60_000);
  }

  /** Reaches the server, and returns what it says of itself. @throws STORE_REFUSED, STORE_UNREACHABLE */
  async open(): Promise<unknown> {
    const info = await this.ask("info", "{}");
    this.retryMs = this.#options.retryMs ?? 60_000;
    this.#quietMs = this.#options.quietMs ?? 60_000;
    return info;
  }

  /** The result of a method. @param body  the JSON text of the request */
  async ask(method: WireMethod, body: string): Promise<unknown> {
    this.#demandOpen();
    const asked = this.#again(async () => {
      for await (const line of this.#lines(method, body)) if ("end" in line) return line.end;
      throw new ServerAway("it broke off its answer");
    });
    this.#underWay.add(asked);
    try {
      return await asked;
    } finally {
      this.#underWay.delete(asked);
    }
  }

  /**
   * The items of a list. The time for retries begins anew with each item.
   * @param body  the JSON text of the request. After an answer that broke off it is asked for one that goes on behind the items so far.
   */
  async *list(method: WireMethod, body: () => string): AsyncGenerator<unknown, void> {
    for (let retries = this.#retries(); ;) {
      this.#demandOpen();
      try {
        for await (const line of this.#lines(method, body())) {
          if ("end" in line) return;
          yield line.item;
          retries = this.#retries();
        }
      } catch (error) {
        await retries(error);
      }
    }
  }

  /** Finishes the requests under way. Those that wait for a server that is away end with STORE_UNREACHABLE. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.allSettled(this.#underWay);
  }

  #demandOpen(): void {
    if (this.#closing.signal.aborted) throw new HoneError("STORE_CLOSED", { store: this.url });
  }

  /** Does the work until it succeeds or the server has been away for too long. */
  async #again<T>(work: () => Promise<T>): Promise<T> {
    for (const retries = this.#retries(); ;) {
      try {
        return await work();
      } catch (error) {
        await retries(error);
      }
    }
  }

  /**
   * A function to call after each failed attempt: it waits before the next one, longer each time (50 ms to 1 s). It throws the error instead
   * when `retryMs` have passed, and at once for an error other than a server that cannot be reached.
   */
  #retries(): (error: unknown) => Promise<void> {
    const start = performance.now();
    let pause = 50;
    return async (error) => {
      if (!(error instanceof ServerAway)) throw error;
      const waitedMs = performance.now() - start;
      if (waitedMs >= this.retryMs || this.#closing.signal.aborted)
        throw this.#gaveUp(error, waitedMs);
      this.#options.onWaiting?.(error.message);
      await sleep(pause, undefined, { signal: this.#closing.signal }).catch(() => undefined);
      pause = Math.min(2 * pause, 1000);
    };
  }

  #gaveUp(error: ServerAway, waitedMs: number): HoneError {
    const seconds = Math.round(waitedMs / 1000);
    const facts = { store: this.url, reason: error.message, seconds };
    return new HoneError("STORE_UNREACHABLE", facts, { cause: error });
  }

  /** The lines of one answer: items, and the end. @throws ServerAway; the error that the server answers with */
  async *#lines(method: WireMethod, body: string): AsyncGenerator<ResultLine, void> {
    const answer = await this.#send(method, body);
    const texts = answerLines(answer, this.#quietMs);
    try {
      for (let next = await nextOf(texts); next.done !== true; next = await nextOf(texts)) {
        if (next.value === "") continue;
        const line = readAnswerLine(next.value);
        if (line === undefined) throw this.#refused(answer.status);
        if ("error" in line) throw this.#errorOf(line.error);
        if ("problem" in line) this.#report(line.problem);
        else yield line;
        if ("end" in line) return;
      }
    } finally {
      await texts.return();
    }
    throw new ServerAway("it broke off its answer");
  }

  /** Sends a request. The key is shown only to a server that has asked for one as a hone store does: an address may be mistyped. */
  async #send(method: WireMethod, body: string): Promise<Response> {
    const answer = await this.#post(method, body);
    if (answer.status !== 401 || this.#isKeyShown || this.#options.key === undefined) return answer;
    const text = await answer.text().catch(brokenOff);
    const line = readAnswerLine(text);
    this.#isKeyShown = line !== undefined && "error" in line && line.error.code === "SERVE_DENIED";
    return this.#isKeyShown ? this.#post(method, body) : new Response(text, { status: 401 });
  }

  async #post(method: WireMethod, body: string): Promise<Response> {
    const answer = await sendInTime(
      `${this.url}${storePath}${method}`,
      {
        method: "POST",
        body,
        headers: { "content-type": "application/json", ...this.#keyHeader() },
      },
      this.#quietMs + body.length / slowestBytesPerMs,
    );
    // A proxy in front of a server that is away.
    if (answer.status >= 500) throw new ServerAway(`it answers with status ${answer.status}`);
    return answer;
  }

  #keyHeader(): { readonly authorization?: string } {
    const { key } = this.#options;
    return key === undefined || !this.#isKeyShown ? {} : { authorization: `Bearer ${key}` };
  }

  #refused(status: number): HoneError {
    const words = `it answers as no \`npx hone store serve\` of this version does (status ${status})`;
    return this.#refusal(words);
  }

  #refusal(reason: string): HoneError {
    return new HoneError("STORE_REFUSED", { store: this.url, reason });
  }

  /** The server's error, which names the store by the address that it was opened by here. */
  #errorOf(json: ErrorJson): HoneError | ServerAway {
    const error = errorFromJson(json);
    if (!isHoneError(error)) return this.#refusal(error.message);
    const { code, facts } = error;
    if (code === "STORE_CLOSED") return new ServerAway("it is stopping");
    if (code === "SERVE_DENIED" || code === "SERVE_HOST_REFUSED") {
      return this.#refusal(deniedReason(error));
    }
    if (code === "SERVE_PATH_UNKNOWN") return this.#refused(404);
    if (!isObject(facts) || !("store" in facts)) return error;
    const named = errorFromJson({ code, facts: { ...facts, store: this.url } });
    return isHoneError(named) ? named : error;
  }

  #report(json: ErrorJson): void {
    const problem = this.#errorOf(json);
    if (isHoneError(problem)) this.#options.onProblem?.(problem);
  }
}

const deniedReason = (error: HoneError): string =>
  error.code === "SERVE_DENIED"
    ? "it asks for a key, and HONE_STORE_KEY holds none or another"
    : "without a key it answers the names of its own machine only";
