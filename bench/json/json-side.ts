/**
 * What binding replies to a schema costs a token: sampling with and without it takes turns on one sampler, and masks are made
 * for a vocabulary of the usual size, which has no model here.
 *
 *     json-side.ts COMMAND_AS_JSON
 */
import { openEngine } from "../../packages/hone/src/engine/engine.ts";
import { Formats } from "../../packages/hone/src/engine/grammar/formats.ts";

export interface JsonCommand {
  /** The folder of the model. */
  readonly folder: string;
  readonly threads: number;
  /** Replies sampled at once, and tokens of each. */
  readonly rows: number;
  readonly tokens: number;
}

export interface JsonFigures {
  /** Seconds of the processor, all threads, for a sampled token, block by block. */
  readonly free: readonly number[];
  readonly bound: readonly number[];
  /** Milliseconds of a mask where the schema is new, and where it was used before. */
  readonly newMask: number;
  readonly keptMask: number;
  /** Milliseconds until a schema can be used: the first one, with the tree of the vocabulary, and a further one. */
  readonly firstSchema: number;
  readonly furtherSchema: number;
}

const BLOCKS = 9;
const VOCABULARY = 50_000;

const text = { type: "string" };
const schemaOf = (title: string) => ({
  title,
  type: "object",
  properties: {
    name: text,
    age: { type: "integer", minimum: 0 },
    tags: { type: "array", items: text },
  },
  required: ["name", "age", "tags"],
});

const command = JSON.parse(process.argv[2]!) as JsonCommand;
console.log(JSON.stringify({ ...(await sampled(command)), ...masks() }));

/** Blocks that take turns; the first of each kind warms up. Replies are texts, which random weights seldom end. */
async function sampled({ folder, threads, rows, tokens }: JsonCommand) {
  const engine = await openEngine(folder, { threads });
  const client = await engine.createSamplingClient();
  const prompt = await engine.renderer.encode("3x + 7 = 16");
  const format = { type: "json", schema: { type: "string" } } as const;
  const seconds = { free: [] as number[], bound: [] as number[] };
  for (let block = -2; block < 2 * BLOCKS; block++) {
    const kind = block % 2 === 0 ? "free" : "bound";
    const used = process.cpuUsage();
    const params = { maxTokens: tokens, seed: block + 2, ...(kind === "bound" && { format }) };
    const replies = await client.sample(prompt, rows, params);
    const count = replies.reduce((sum, reply) => sum + reply.tokens.length, 0);
    const { user, system } = process.cpuUsage(used);
    if (block >= 0) seconds[kind].push((user + system) / 1e6 / count);
  }
  await engine.close();
  return seconds;
}

/** Every byte, and words of two to five letters with and without a space, as vocabularies have them. */
function vocabulary(): readonly Uint8Array[] {
  const tokens = Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte));
  for (const one of ['{"', '":', '",', '"}', "[]", "],", '["', ": ", ", "])
    tokens.push(Buffer.from(one));
  for (let i = 0; tokens.length < VOCABULARY; i++) {
    const letters = `${i % 2 === 0 ? " " : ""}${(i * 7919 + 26).toString(26).slice(0, 5)}`;
    tokens.push(Buffer.from(letters.replaceAll(/\d/g, (digit) => "qrstuvwxyz"[Number(digit)]!)));
  }
  return tokens;
}

function masks(): Omit<JsonFigures, "free" | "bound"> {
  const tokens = vocabulary();
  const formats = new Formats(() => tokens);
  const timed = <T>(work: () => T): readonly [T, number] => {
    const start = performance.now();
    return [work(), performance.now() - start];
  };
  const reply = Buffer.from('{"name": "Ada Lovelace", "age": 36, "tags": ["first", "engine"]}');
  const walk = (title: string): number => {
    let state = formats.start({ type: "json", schema: schemaOf(title) });
    const [, spent] = timed(() => {
      for (const byte of reply) {
        void state.allowed;
        state = state.after(byte)!;
      }
    });
    return spent / reply.length;
  };
  const [, firstSchema] = timed(() => formats.start({ type: "json", schema: schemaOf("a") }));
  walk("a");
  const [, furtherSchema] = timed(() => formats.start({ type: "json", schema: schemaOf("b") }));
  return { newMask: walk("b"), keptMask: walk("b"), firstSchema, furtherSchema };
}
