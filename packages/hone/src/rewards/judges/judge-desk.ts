/**
 * What all judges share: asking a model until its reply can be used, remembering verdicts, and counting.
 *
 * A reply that cannot be used is sent back with what is wrong; a call that throws or takes too long is made again. After
 * all tries there is no verdict, which is counted and never made up.
 */
import { createHash } from "node:crypto";
import { HoneError, messageOf } from "../../core/errors.ts";
import type { Message } from "../../core/message.ts";
import type { ChatModel } from "../../ports/chat-model.ts";
import type { ExcludedVerdict, JudgeReport, VerdictCache } from "../../ports/judge.ts";

export interface JudgeOptions {
  readonly model: ChatModel;
  /** Names the model and its settings: verdicts of one name are taken for each other. Default "judge". */
  readonly name?: string;
  /** Calls more for a verdict after the first one failed. Default 2. */
  readonly retries?: number;
  /** Of one call. Default 60,000. */
  readonly timeoutMs?: number;
  /** Default: the last 10,000 verdicts in memory. */
  readonly cache?: VerdictCache;
  readonly maxTokens?: number;
  /** Default 0. */
  readonly temperature?: number;
}

/** A reply read, or what is wrong with it. */
export type Reading<T> = { readonly value: T } | { readonly problem: string };

export type Asked<T> = { readonly value: T; readonly calls: number } | ExcludedVerdict;

export class JudgeDesk {
  readonly name: string;
  readonly #options: JudgeOptions;
  readonly #cache: VerdictCache;
  readonly #counts = {
    asked: 0,
    scored: 0,
    excluded: 0,
    cached: 0,
    calls: 0,
    malformed: 0,
    failed: 0,
  };
  readonly #agreements = { sum: 0, count: 0 };

  constructor(options: JudgeOptions) {
    const { name = "judge", retries = 2, timeoutMs = 60_000, cache } = options;
    if (!Number.isSafeInteger(retries) || retries < 0) {
      throw invalid("retries", String(retries), "a whole number of at least 0");
    }
    if (!(timeoutMs >= 1 && timeoutMs < 2 ** 31)) {
      throw invalid("timeoutMs", String(timeoutMs), "a number of milliseconds of at least 1");
    }
    this.name = name;
    this.#options = options;
    this.#cache = cache ?? memoryVerdictCache();
  }

  report(): JudgeReport {
    const { sum, count } = this.#agreements;
    return { ...this.#counts, ...(count === 0 ? {} : { agreement: sum / count }) };
  }

  /**
   * A verdict from the cache, or made and put there; excluded ones are not kept.
   *
   * @param content everything the verdict depends on besides the judge
   * @param read    what is in the cache, checked; undefined when it cannot be used
   */
  async verdict<T extends { readonly status: "scored"; readonly agreement?: number }>(
    content: unknown,
    read: (text: string) => T | undefined,
    make: () => Promise<T | ExcludedVerdict>,
  ): Promise<T | ExcludedVerdict> {
    this.#counts.asked++;
    const key = hashOf([this.name, content]);
    const known = await this.#cache.get(key);
    const cached = known === undefined ? undefined : read(known);
    const verdict = cached ?? (await make());
    if (verdict.status === "excluded") {
      this.#counts.excluded++;
      return verdict;
    }
    this.#counts.scored++;
    if (verdict.agreement !== undefined) {
      this.#agreements.sum += verdict.agreement;
      this.#agreements.count++;
    }
    if (cached !== undefined) this.#counts.cached++;
    else await this.#cache.set(key, JSON.stringify(verdict));
    return cached === undefined ? verdict : { ...cached, calls: 0 };
  }

  /** Asks until `read` can use the reply. @throws CANCELLED */
  async ask<T>(
    messages: readonly Message[],
    read: (reply: string) => Reading<T>,
    signal?: AbortSignal,
  ): Promise<Asked<T>> {
    const { retries = 2 } = this.#options;
    let asked = messages;
    let problem = "";
    for (let calls = 1; calls <= retries + 1; calls++) {
      if (signal?.aborted) throw new HoneError("CANCELLED", { what: `The judge ${this.name}` });
      this.#counts.calls++;
      const reply = await this.#call(asked, signal);
      if (signal?.aborted) throw new HoneError("CANCELLED", { what: `The judge ${this.name}` });
      if ("problem" in reply) {
        this.#counts.failed++;
        problem = reply.problem;
        continue;
      }
      const reading = read(reply.content);
      if ("value" in reading) return { value: reading.value, calls };
      this.#counts.malformed++;
      problem = reading.problem;
      asked = [
        ...messages,
        { role: "assistant", content: reply.content },
        { role: "user", content: `That cannot be used: ${problem} Reply with the JSON alone.` },
      ];
    }
    return { status: "excluded", problem, calls: retries + 1 };
  }

  async #call(
    messages: readonly Message[],
    signal: AbortSignal | undefined,
  ): Promise<{ readonly content: string } | { readonly problem: string }> {
    const { model, timeoutMs = 60_000, maxTokens, temperature = 0 } = this.#options;
    const stop = new AbortController();
    const over = Promise.withResolvers<never>();
    const end = (why: string): void => {
      over.reject(new Error(why));
      stop.abort();
    };
    const cancel = (): void => end("it was stopped");
    const timer = setTimeout(() => end(`it took longer than ${timeoutMs} ms`), timeoutMs);
    signal?.addEventListener("abort", cancel, { once: true });
    try {
      const options = { signal: stop.signal, temperature };
      const limit = maxTokens === undefined ? {} : { maxTokens };
      const work = (async () => model.chat(messages, { ...options, ...limit }))();
      const reply: unknown = await Promise.race([work, over.promise]);
      const content = (reply as Partial<Message> | undefined)?.content;
      return typeof content === "string" ? { content } : { problem: "the model gave no message" };
    } catch (error) {
      return { problem: messageOf(error) };
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", cancel);
    }
  }
}

/** The last verdicts used, as many as `limit`. */
export function memoryVerdictCache(limit = 10_000): VerdictCache {
  const verdicts = new Map<string, string>();
  return {
    get(key) {
      const verdict = verdicts.get(key);
      if (verdict === undefined) return undefined;
      verdicts.delete(key);
      verdicts.set(key, verdict);
      return verdict;
    },
    set(key, verdict) {
      verdicts.set(key, verdict);
      if (verdicts.size > limit) verdicts.delete(verdicts.keys().next().value!);
    },
  };
}

/** SHA-256 of the content as JSON. */
export const hashOf = (content: unknown): string =>
  createHash("sha256").update(JSON.stringify(content)).digest("hex");

const invalid = (option: string, got: string, expected: string): HoneError =>
  new HoneError("OPTION_INVALID", { where: "a judge", option, got, expected });
