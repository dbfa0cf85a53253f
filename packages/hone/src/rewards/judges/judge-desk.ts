/**
 * What all judges share: asking a model until its reply can be used, caching verdicts, and counting.
 *
 * A reply that cannot be used is sent back with what is wrong; a call that throws or takes too long is made again. When
 * all tries fail, the verdict is "excluded"; no score is invented.
 */
import { createHash } from "node:crypto";
import { endsRun, HoneError, messageOf } from "../../core/errors.ts";
import type { OptionNames } from "../../core/known-options.ts";
import type { Message } from "../../core/message.ts";
import { optionChecks } from "../../core/option-checks.ts";
import { noteRetry, retriedError } from "../../core/remote-failures.ts";
import type { ChatModel } from "../../ports/chat-model.ts";
import type { ExcludedVerdict, JudgeReport, VerdictCache } from "../../ports/judge.ts";

/** Options that all judges have: the model that judges, and how it is asked. */
export interface JudgeOptions {
  /** The model that judges. */
  readonly model: ChatModel;
  /** Names the model with its settings. Judges of one name share the verdicts of a cache. Default "judge". */
  readonly name?: string;
  /** Further calls when one fails or its reply cannot be used. Default 2. */
  readonly retries?: number;
  /** Time limit of one call, in ms. Default 60,000. */
  readonly timeoutMs?: number;
  /** Keeps verdicts, so that the same question is asked once. Default: the last 10,000 verdicts, in memory. */
  readonly cache?: VerdictCache;
  /** Tokens of one reply at most. Default: the model's own limit. */
  readonly maxTokens?: number;
  /** Temperature of sampling. Default 0, the likeliest reply. */
  readonly temperature?: number;
}

/** Names of the options that all judges have. */
export const judgeOptionNames: OptionNames<JudgeOptions> = {
  model: true,
  name: true,
  retries: true,
  timeoutMs: true,
  cache: true,
  maxTokens: true,
  temperature: true,
};

/** What was read from a reply, or why it cannot be used. */
export type Reading<T> = { readonly value: T } | { readonly problem: string };

/** What was read from a usable reply and how many calls it took, or the exclusion after the last try. */
export type Asked<T> = { readonly value: T; readonly calls: number } | ExcludedVerdict;

/** Asks one judge's model, caches its verdicts and counts. */
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

  /** @param where  the function that makes the judge, for errors. @throws OPTION_INVALID */
  constructor(where: string, options: JudgeOptions) {
    const { name = "judge", retries = 2, timeoutMs = 60_000, cache } = options;
    const check = optionChecks(where);
    check.text("name", name);
    check.whole("retries", retries, { min: 0 });
    check.milliseconds("timeoutMs", timeoutMs);
    this.name = name;
    this.#options = options;
    this.#cache = cache ?? memoryVerdictCache();
  }

  report(): JudgeReport {
    const { sum, count } = this.#agreements;
    return { ...this.#counts, ...(count === 0 ? {} : { agreement: sum / count }) };
  }

  /**
   * The verdict from the cache, or a new one, which is cached unless it is "excluded".
   *
   * @param content everything besides the judge that the verdict depends on
   * @param read    reads a cached verdict; undefined when it cannot be used
   * @param make    makes a new verdict
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

  /** Asks the model until `read` can use the reply, or all tries are used. @throws CANCELLED when the signal aborts */
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
      const last = retriedError(stop.signal);
      // The deadline of the rewards says it, too.
      if (last !== undefined) noteRetry(signal, last);
      const failing = last === undefined ? "" : `; its last request failed: ${messageOf(last)}`;
      over.reject(new Error(`${why}${failing}`));
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
      // A budget that is spent ends the run; another try would not help.
      if (endsRun(error)) throw error;
      return { problem: messageOf(error) };
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", cancel);
    }
  }
}

/**
 * A cache in memory that keeps the verdicts used last.
 *
 * @param limit  number of verdicts at most. Default 10,000
 * @example const cache = memoryVerdictCache(); relativeJudge({ model, cache }); pairJudge({ model, cache });
 */
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
