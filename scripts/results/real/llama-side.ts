/**
 * The likeliest tokens of llama.cpp, through node-llama-cpp, which brings it compiled. Argument: a `LlamaWork` as JSON; prints a
 * `LlamaAnswers`.
 */
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** What llama.cpp is to do. */
export interface LlamaWork {
  /** The folder that node-llama-cpp is installed in. */
  readonly llama: string;
  readonly file: string;
  /** An adapter's file. */
  readonly adapter?: string;
  /** Prompts as text, marks of the chat template included. */
  readonly prompts: readonly string[];
  readonly maxTokens: number;
  /** Tokens that end a reply. */
  readonly stops: readonly number[];
}

/** What it answered. */
export interface LlamaAnswers {
  /** The tokens that llama.cpp cuts each prompt into. */
  readonly prompts: readonly (readonly number[])[];
  /** The reply of each; a token that ends it belongs to it. */
  readonly replies: readonly (readonly number[])[];
}

/** What of node-llama-cpp is used. */
interface LlamaLibrary {
  getLlama(options: object): Promise<{
    loadModel(options: object): Promise<{
      tokenize(text: string, specialTokens: boolean): number[];
      createContext(options: object): Promise<{
        getSequence(): {
          evaluate(tokens: readonly number[], options: object): AsyncIterable<number>;
          clearHistory(): Promise<void>;
        };
      }>;
    }>;
  }>;
}

const work = JSON.parse(process.argv[2]!) as LlamaWork;
const entry = createRequire(join(work.llama, "package.json")).resolve("node-llama-cpp");
const library = (await import(pathToFileURL(entry).href)) as LlamaLibrary;
const llama = await library.getLlama({
  gpu: false,
  build: "never",
  maxThreads: 2,
  logLevel: "error",
});
const model = await llama.loadModel({ modelPath: work.file });
const lora = work.adapter === undefined ? {} : { lora: work.adapter };
const context = await model.createContext({ contextSize: 1024, threads: 2, ...lora });
const sequence = context.getSequence();

async function greedy(prompt: readonly number[]): Promise<number[]> {
  await sequence.clearHistory();
  const reply: number[] = [];
  const options = { temperature: 0, yieldEogToken: true };
  for await (const token of sequence.evaluate(prompt, options)) {
    reply.push(token);
    if (work.stops.includes(token) || reply.length === work.maxTokens) break;
  }
  return reply;
}

const prompts = work.prompts.map((text) => model.tokenize(text, true));
const replies: number[][] = [];
for (const prompt of prompts) replies.push(await greedy(prompt));
const answers: LlamaAnswers = { prompts, replies };
process.stdout.write(`${JSON.stringify(answers)}\n`, () => process.exit(0));
