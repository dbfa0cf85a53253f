/**
 * The client of the serving bench: rounds of chat streams that all begin at once, by OpenAI's own client, in a process of their
 * own so that reading them takes no time from the server's event loop.
 *
 *     serving-side.ts COMMAND_AS_JSON
 */
import OpenAI from "openai";

export interface ServingCommand {
  readonly url: string;
  /** Streams that are open at once. */
  readonly streams: number;
  readonly rounds: number;
  /** Tokens of a reply at most. */
  readonly tokens: number;
}

/** One round of streams. */
export interface Round {
  readonly seconds: number;
  /** Tokens of all replies, as the server counted them. */
  readonly tokens: number;
  /** Milliseconds of each stream from its request to its first piece. */
  readonly first: readonly number[];
  /** Streams that failed, or ended without saying why. */
  readonly lost: number;
}

export interface ServingFigures {
  readonly rounds: readonly Round[];
}

const command = JSON.parse(process.argv[2]!) as ServingCommand;
console.log(JSON.stringify(await figures(command)));

async function figures({ url, streams, rounds, tokens }: ServingCommand): Promise<ServingFigures> {
  const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: "none", maxRetries: 0 });
  const [model] = (await client.models.list()).data;
  const round = () => streamsAtOnce(client, { model: model!.id, streams, tokens });
  await round();
  const measured: Round[] = [];
  for (let i = 0; i < rounds; i++) measured.push(await round());
  return { rounds: measured };
}

interface Streams {
  readonly model: string;
  readonly streams: number;
  readonly tokens: number;
}

async function streamsAtOnce(client: OpenAI, asked: Streams): Promise<Round> {
  const start = performance.now();
  const all = await Promise.allSettled(
    Array.from({ length: asked.streams }, (_, i) => oneStream(client, asked, i)),
  );
  const seconds = (performance.now() - start) / 1000;
  const whole = all.flatMap((one) =>
    one.status === "fulfilled" && one.value.isWhole ? [one.value] : [],
  );
  return {
    seconds,
    tokens: whole.reduce((sum, { count }) => sum + count, 0),
    first: whole.map(({ first }) => first),
    lost: all.length - whole.length,
  };
}

async function oneStream(client: OpenAI, { model, tokens }: Streams, number: number) {
  const start = performance.now();
  const chunks = await client.chat.completions.create({
    model,
    messages: [{ role: "user", content: `${number}x + 7 = ${number + 9}` }],
    max_tokens: tokens,
    stream: true,
    stream_options: { include_usage: true },
  });
  let first: number | undefined;
  let count = 0;
  let isWhole = false;
  for await (const { choices, usage } of chunks) {
    first ??= performance.now() - start;
    if (choices[0]?.finish_reason != null) isWhole = true;
    count = usage?.completion_tokens ?? count;
  }
  return { first: first ?? Number.NaN, count, isWhole };
}
