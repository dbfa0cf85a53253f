import { afterAll, describe, expect, it } from "vitest";
import { input } from "../../tensor/ops/sources.ts";
import { program } from "../../tensor/program.ts";
import { openSession, type Session } from "../runtime/session.ts";
import { type ChoiceKinds, choiceInputs, chooseToken } from "./choose-token.ts";

const sessions = new Map<string, Session>();
afterAll(async () => {
  for (const session of sessions.values()) await session.release();
});

async function sessionOf(size: number, kinds: ChoiceKinds): Promise<Session> {
  const key = JSON.stringify([size, kinds]);
  const known = sessions.get(key);
  if (known !== undefined) return known;
  const choice = chooseToken(
    input("logits", "f32", ["B", size]),
    input("uniform", "f32", ["B", 1]),
    choiceInputs(size),
    kinds,
  );
  const { isExact, kept, ...rest } = choice;
  const session = await openSession(
    program("choose", { ...rest, ...(isExact === undefined ? {} : { isExact }), ...kept }),
    { threads: 1 },
  );
  sessions.set(key, session);
  return session;
}

interface RowSettings {
  readonly temperature?: number;
  readonly topK?: number;
  readonly topP?: number;
  readonly minP?: number;
}

const everything: ChoiceKinds = {
  greedy: true,
  plain: true,
  filtered: true,
  formatted: false,
  tempered: true,
  candidates: 4,
  tellsKept: false,
};

/** Draws once per uniform number from the same logits under the same settings. */
async function draw(
  probabilities: readonly number[],
  uniforms: readonly number[],
  settings: RowSettings,
  kinds = everything,
) {
  const { temperature = 1, topK = 0, topP = 1, minP = 0 } = settings;
  const size = probabilities.length;
  const session = await sessionOf(size, kinds);
  const rows = uniforms.length;
  const column = (value: number): Float32Array => new Float32Array(rows).fill(value);
  const isFiltered = topK > 0 || topP < 1 || minP > 0;
  const feeds = {
    logits: Float32Array.from(
      { length: rows * size },
      (_, i) => Math.log(probabilities[i % size]!) + 3,
    ),
    uniform: Float32Array.from(uniforms, (u) => u * (1 - 2 ** -22)),
    inverse_temperature: column(temperature === 0 ? 1 : 1 / temperature),
    is_greedy: new Uint8Array(rows).fill(temperature === 0 ? 1 : 0),
    is_filtered: new Uint8Array(rows).fill(isFiltered ? 1 : 0),
    top_k: new BigInt64Array(rows).fill(BigInt(topK)),
    top_p: column(topP === 1 ? 2 : topP),
    min_p: column(minP),
  };
  const names = Object.keys(session.program.inputs) as (keyof typeof feeds)[];
  const outputs = await session.run(
    Object.fromEntries(
      names.map((name) => [name, { data: feeds[name], shape: [rows, feeds[name].length / rows] }]),
    ),
  );
  return {
    tokens: Array.from(outputs["token"]!.data as BigInt64Array, Number),
    logProbs: Array.from(outputs["logProb"]!.data as Float32Array),
    samplingLogProbs: Array.from(outputs["samplingLogProb"]!.data as Float32Array),
    entropies: Array.from(outputs["entropy"]!.data as Float32Array),
    isExact: Array.from((outputs["isExact"]?.data as Uint8Array | undefined) ?? []),
  };
}

const N = 1000;
const grid = Array.from({ length: N }, (_, i) => (i + 0.5) / N);

/** Shares of tokens over an even grid of uniforms: the distribution itself, to 1/N. */
const shares = (tokens: readonly number[], size: number): number[] =>
  Array.from({ length: size }, (_, token) => tokens.filter((t) => t === token).length / N);

describe("choosing a token", () => {
  // Distributions worked out by hand from p = (0.1, 0.5, 0.15, 0.25).
  const p = [0.1, 0.5, 0.15, 0.25];
  it.each<[string, RowSettings, readonly number[]]>([
    ["the whole distribution", {}, p],
    [
      "temperature ½ squares the odds",
      { temperature: 0.5 },
      [0.01 / 0.345, 0.25 / 0.345, 0.0225 / 0.345, 0.0625 / 0.345],
    ],
    ["top-k keeps the two likeliest", { topK: 2 }, [0, 2 / 3, 0, 1 / 3]],
    ["top-k beyond the vocabulary keeps all", { topK: 9 }, p],
    ["top-p keeps the token that reaches p", { topP: 0.6 }, [0, 2 / 3, 0, 1 / 3]],
    ["top-p below the likeliest keeps that one", { topP: 0.2 }, [0, 1, 0, 0]],
    ["min-p compares with the likeliest", { minP: 0.25 }, [0, 5 / 9, 1.5 / 9, 2.5 / 9]],
    ["top-p counts the mass that top-k left", { topK: 3, topP: 0.8 }, [0, 2 / 3, 0, 1 / 3]],
    ["filters see tempered probabilities", { temperature: 0.5, minP: 0.2 }, [0, 0.8, 0, 0.2]],
    ["greedy takes the likeliest", { temperature: 0 }, [0, 1, 0, 0]],
  ])("%s", async (_, settings, expected) => {
    const { tokens, logProbs, samplingLogProbs, entropies } = await draw(p, grid, settings);
    shares(tokens, 4).forEach((share, token) => expect(share).toBeCloseTo(expected[token]!, 2.5));
    tokens.forEach((token, i) => {
      expect(logProbs[i]).toBeCloseTo(Math.log(p[token]!), 5);
      expect(samplingLogProbs[i]).toBeCloseTo(Math.log(expected[token]!), 5);
      // 0.1·2.3026 + 0.5·0.6931 + 0.15·1.8971 + 0.25·1.3863, whatever the temperature and the filters
      expect(entropies[i]).toBeCloseTo(1.20797, 4);
    });
  });

  it("gives the last token, not the first, for a uniform number just below 1", async () => {
    const { tokens } = await draw(p, [0, 1 - 2 ** -24], {});
    expect(tokens).toEqual([0, 3]);
  });

  it("never gives a token of probability 0", async () => {
    const { tokens } = await draw([0, 0.5, 0, 0.5], [0, 0.51, 1 - 2 ** -24], {});
    expect(tokens).toEqual([1, 3, 3]);
  });

  it("says when its candidates were too few to know the filtered distribution", async () => {
    const few = { ...everything, candidates: 2 };
    expect((await draw(p, [0.3], { topP: 0.7 }, few)).isExact).toEqual([1]);
    expect((await draw(p, [0.3], { topP: 0.8 }, few)).isExact).toEqual([0]);
    expect((await draw(p, [0.3], { topK: 2 }, few)).isExact).toEqual([1]);
    expect((await draw(p, [0.3], { topK: 3 }, few)).isExact).toEqual([0]);
    expect((await draw(p, [0.3], { minP: 0.4 }, few)).isExact).toEqual([0]);
    expect((await draw(p, [0.3], { minP: 0.6 }, few)).isExact).toEqual([1]);
    expect((await draw(p, [0.3], {}, few)).isExact).toEqual([1]);
  });

  it("agrees over a large vocabulary, where running sums are taken in blocks", async () => {
    const weights = Array.from({ length: 256 }, (_, i) => 1 + ((i * 37) % 11));
    const total = weights.reduce((a, b) => a + b, 0);
    const { tokens } = await draw(
      weights.map((w) => w / total),
      grid,
      {},
      { ...everything, filtered: false },
    );
    let sum = 0;
    const expected = grid.map((u) => {
      sum = 0;
      return weights.findIndex((w) => (sum += w / total) > u);
    });
    expect(tokens.filter((token, i) => token !== expected[i]).length).toBeLessThanOrEqual(2); // roundings at a border
  });
});
