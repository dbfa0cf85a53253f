/** What a SamplingClient promises, as tests. A new sampler is done when this passes. */
import { describe, expect, it, onTestFinished } from "vitest";
import { isHoneError } from "../core/errors.ts";
import type { SampledSequence, SamplingClient } from "../ports/sampling-client.ts";

/** What `samplingClientContract` needs to know of a client. */
export interface SamplingContractOptions {
  /** A client on the same weights each time, small and far from certain of any token. The suite closes it. */
  readonly open: () => Promise<SamplingClient>;
  /** Tokens 1 … 7 must exist; this one must not. */
  readonly tokenOutside: number;
  /** Absolute tolerance of log-probs. Default 1e-4. */
  readonly tolerance?: number;
  /** Cases this client cannot do, by name, each with its reason. */
  readonly skip?: Readonly<Record<string, string>>;
}

const prompt = [1, 2, 3];

/**
 * What a `SamplingClient` promises, as tests under vitest. A new sampler is done when this passes.
 * @example samplingClientContract({ open: () => engine.createSamplingClient(), tokenOutside: 317 });
 */
export function samplingClientContract(options: SamplingContractOptions): void {
  const { tolerance = 1e-4 } = options;

  async function open(): Promise<SamplingClient> {
    const client = await options.open();
    onTestFinished(() => client.close());
    return client;
  }

  function promise(name: string, test: () => Promise<void>): void {
    const reason = options.skip?.[name];
    if (reason === undefined) it(name, test);
    else it.skip(`${name} (${reason})`, test);
  }

  function expectClose(got: ArrayLike<number>, expected: ArrayLike<number>): void {
    expect(got.length).toBe(expected.length);
    for (let t = 0; t < got.length; t++) {
      expect(Math.abs(got[t]! - expected[t]!), `token ${t}`).toBeLessThanOrEqual(tolerance);
    }
  }

  const tokensOf = (sequences: readonly SampledSequence[]) => sequences.map((s) => [...s.tokens]);

  describe("sampling client: seeds", () => {
    promise("the same seed gives the same tokens, another seed others", async () => {
      const client = await open();
      const sample = async (seed: number) =>
        tokensOf(await client.sample(prompt, 4, { maxTokens: 8, seed }));
      expect(await sample(1)).toEqual(await sample(1));
      expect(await sample(1)).not.toEqual(await sample(2));
    });

    promise(
      "sequence i is the same however many are asked for, and differs from its siblings",
      async () => {
        const client = await open();
        const params = { maxTokens: 8, seed: 5 };
        const four = tokensOf(await client.sample(prompt, 4, params));
        expect(tokensOf(await client.sample(prompt, 2, params))).toEqual(four.slice(0, 2));
        expect(new Set(four.map(String)).size).toBeGreaterThan(1);
      },
    );

    promise("what runs beside a request does not change it", async () => {
      const client = await open();
      const params = { maxTokens: 8, seed: 7 };
      const alone = tokensOf(await client.sample(prompt, 2, params));
      const [beside] = await Promise.all([
        client.sample(prompt, 2, params),
        client.sample([4, 5], 3, { maxTokens: 12, seed: 8 }),
        client.sample([6], 1, { maxTokens: 3, temperature: 0.5 }),
      ]);
      expect(tokensOf(beside)).toEqual(alone);
    });
  });

  describe("sampling client: log-probs", () => {
    promise("a sampled token's log-prob is that of the text so far", async () => {
      const client = await open();
      for (const temperature of [1, 0.7]) {
        const [sampled] = await client.sample(prompt, 1, { maxTokens: 6, temperature, seed: 2 });
        const all = await client.logProbs([...prompt, ...sampled!.tokens]);
        expect(all[0]).toBe(0);
        expectClose(sampled!.logProbs, all.slice(prompt.length));
        if (temperature === 1) expectClose(sampled!.samplingLogProbs, sampled!.logProbs);
        else expect(sampled!.samplingLogProbs).not.toEqual(sampled!.logProbs);
      }
    });

    promise("logProbs has one number per token, the first 0, the others below", async () => {
      const client = await open();
      const got = await client.logProbs([1, 2, 3, 4, 5]);
      expect(got).toHaveLength(5);
      expect(got[0]).toBe(0);
      expect(got.slice(1).every((x) => x < 0 && x > -100)).toBe(true);
    });

    promise("later tokens do not change the log-probs of earlier ones", async () => {
      const client = await open();
      const long = await client.logProbs([1, 2, 3, 4, 5]);
      expectClose(await client.logProbs([1, 2, 3]), long.slice(0, 3));
    });

    promise("a client that scores cuts gives the log-probs of what a filter left", async () => {
      const client = await open();
      if (client.scoresCuts !== true) return;
      const params = { maxTokens: 6, temperature: 0.7, topP: 0.8, seed: 2, tellsKept: true };
      const [sampled] = await client.sample(prompt, 1, params);
      const kept = [...prompt.map(() => ""), ...sampled!.kept!];
      const tokens = [...prompt, ...sampled!.tokens];
      const scored = await client.logProbs(tokens, { temperature: 0.7, kept });
      expectClose(sampled!.samplingLogProbs, scored.slice(prompt.length));
      const chunks = [];
      for await (const chunk of client.stream(prompt, params)) chunks.push(chunk);
      expect(chunks.flatMap((chunk) => chunk.kept ?? [])).toEqual(sampled!.kept);
      const { tellsKept: _tells, ...silent } = params;
      expect((await client.sample(prompt, 1, silent))[0]!.kept).toBeUndefined();
    });

    promise(
      "the likeliest next tokens have the log-probs of the same row, and all together mass 1",
      async () => {
        const client = await open();
        // A client that cannot give them has no such method.
        if (client.topLogProbs === undefined) return;
        const row = [1, 2, 3, 4, 5];
        const { tokens, logProbs } = await client.topLogProbs(row, 3);
        expect([tokens.length, logProbs.length]).toEqual([15, 15]);
        for (const t of row.keys()) {
          const [best, second, third] = logProbs.subarray(3 * t, 3 * t + 3);
          expect(best! >= second! && second! >= third!).toBe(true);
          const next = tokens[3 * t + 1]!;
          const asked = await client.logProbs([...row.slice(0, t + 1), next]);
          expectClose([second!], [asked.at(-1)!]);
        }
        await expect(client.topLogProbs(row, 0)).rejects.toThrow(/^OPTION_INVALID: .*count/);
      },
    );

    promise("top-k 2 draws from two tokens whose probabilities sum to 1", async () => {
      const client = await open();
      const draws = await client.sample(prompt, 40, { maxTokens: 1, topK: 2, seed: 1 });
      const chances = new Map(draws.map((s) => [s.tokens[0]!, Math.exp(s.samplingLogProbs[0]!)]));
      expect(chances.size).toBe(2);
      const mass = [...chances.values()].reduce((a, b) => a + b, 0);
      expect(Math.abs(mass - 1)).toBeLessThan(1e-3);
    });

    promise(
      "temperature 0, top-k 1, a tiny top-p and min-p 1 all take the likeliest token",
      async () => {
        const client = await open();
        const [greedy] = await client.sample(prompt, 1, { maxTokens: 6, temperature: 0 });
        for (const cut of [{ topK: 1 }, { topP: 1e-9 }, { minP: 1 }]) {
          const [got] = await client.sample(prompt, 1, { maxTokens: 6, seed: 9, ...cut });
          expect(got!.tokens).toEqual(greedy!.tokens);
          expectClose(
            got!.samplingLogProbs,
            got!.tokens.map(() => 0),
          );
        }
      },
    );
  });

  describe("sampling client: ends", () => {
    promise("ends at maxTokens with reason length", async () => {
      const client = await open();
      const [sampled] = await client.sample(prompt, 1, { maxTokens: 5 });
      expect(sampled!.tokens).toHaveLength(5);
      expect(sampled!.logProbs).toHaveLength(5);
      expect(sampled!.stopReason).toBe("length");
      expect(sampled!.weightsVersion).toBe(client.weightsVersion);
    });

    promise("ends with, and includes, a stop token", async () => {
      const client = await open();
      const params = { maxTokens: 6, seed: 4 };
      const [free] = await client.sample(prompt, 1, params);
      const stop = free!.tokens[3]!;
      const [stopped] = await client.sample(prompt, 1, { ...params, stopTokens: [stop] });
      const end = free!.tokens.indexOf(stop) + 1;
      expect(stopped!.tokens).toEqual(free!.tokens.slice(0, end));
      expect(stopped!.stopReason).toBe("stop");
    });

    promise("streams the tokens that sample gives, the reason on the last chunk", async () => {
      const client = await open();
      const params = { maxTokens: 6, seed: 11, temperature: 0.7 };
      const [whole] = await client.sample(prompt, 1, params);
      const chunks = [];
      for await (const chunk of client.stream(prompt, params)) chunks.push(chunk);
      expect(chunks.flatMap((chunk) => chunk.tokens)).toEqual(whole!.tokens);
      expectClose(
        chunks.flatMap((chunk) => chunk.logProbs),
        whole!.logProbs,
      );
      expectClose(
        chunks.flatMap((chunk) => chunk.samplingLogProbs),
        whole!.samplingLogProbs,
      );
      expect(chunks.map((chunk) => chunk.stopReason).filter(Boolean)).toEqual(["length"]);
      expect(chunks.at(-1)!.stopReason).toBe("length");
    });

    promise("an aborted request ends as cancelled", async () => {
      const client = await open();
      const signal = AbortSignal.abort();
      const reasons = await client
        .sample(prompt, 1, { maxTokens: 50 }, signal)
        .then((sequences) => sequences.map((s) => s.stopReason))
        .catch((error: unknown) => {
          if (isHoneError(error) && error.code === "CANCELLED") return ["cancelled"];
          throw error;
        });
      expect(reasons).toEqual(["cancelled"]);
    });
  });

  describe("sampling client: bad input", () => {
    promise("refuses an empty prompt and a token outside the vocabulary with a code", async () => {
      const client = await open();
      for (const bad of [[], [1, options.tokenOutside]]) {
        await expect(client.sample(bad, 1, { maxTokens: 1 })).rejects.toSatisfy(isHoneError);
      }
    });

    promise("refuses calls after close with a code", async () => {
      const client = await options.open();
      await client.close();
      await expect(client.sample(prompt, 1, { maxTokens: 1 })).rejects.toSatisfy(isHoneError);
    });
  });
}
