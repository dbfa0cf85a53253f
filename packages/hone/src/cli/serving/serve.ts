/** `hone serve`: a model behind the endpoints of OpenAI and Anthropic. */
import { Option } from "commander";
import { defineCommand } from "../command.ts";
import { untilStopped } from "../interrupt.ts";
import {
  checkpointOption,
  modelArgument,
  repeated,
  runsOption,
  threadsOption,
  wholeNumber,
} from "../options.ts";

interface Flags {
  readonly host: string;
  readonly port: number;
  readonly apiKey?: string;
  readonly name?: string;
  readonly adapter?: readonly string[];
  readonly maxTokens: number;
  readonly domain?: string;
  readonly prompt?: string;
  readonly system?: string;
  readonly store?: string;
  readonly solveCache: number;
  readonly maxActions?: number;
  readonly checkpoint?: string;
  readonly runs: string;
  readonly threads?: number;
}

export const command = defineCommand<Flags>({
  examples: [
    "npx hone serve Qwen/Qwen2.5-0.5B-Instruct",
    "npx hone serve models/tiny --adapter math=runs/math-20260101-1200-7f3a",
    "npx hone serve last --domain math --store sqlite:./hone.db",
    "HONE_API_KEY=… npx hone serve 7f3a --host 0.0.0.0",
  ],
  notes: [
    "Clients of OpenAI send to <address>/v1, those of Anthropic to <address>:",
    "  OPENAI_BASE_URL=http://127.0.0.1:8000/v1 OPENAI_API_KEY=none node agent.js",
    "With a domain, POST /solve answers its problems by the model's actions, and",
    '  POST /feedback rates the answers: curl -X POST "<address>/solve?problem=…"',
    "Hosts other than 127.0.0.1 need a key: HONE_API_KEY, or --api-key, which other",
    "  users of this machine can see. With a key, adapters are added and taken away",
    "  while it runs: POST /v1/load_lora_adapter, /v1/unload_lora_adapter.",
    "Ctrl-C lets answers under way end, within 30 s.",
  ],
  define: (command) =>
    void command
      .addArgument(modelArgument())
      .option("--host <address>", "where to listen", "127.0.0.1")
      .option("--port <n>", "0: a free one", wholeNumber(0, 65_535), 8000)
      .option("--api-key <key>", "what clients must show")
      .option("--name <name>", "the model's name in requests")
      .addOption(
        new Option("--adapter <name=path>", "an adapter under a name; repeat for more").argParser(
          repeated,
        ),
      )
      .addOption(
        new Option("--max-tokens <n>", "of replies whose request names no limit")
          .argParser(wholeNumber(1))
          .default(1024),
      )
      .addOption(
        new Option("--domain <name>", "whose problems /solve answers; none: no problems").default(
          undefined,
          "that of the run",
        ),
      )
      .addOption(
        new Option(
          "--prompt <text>",
          "wording of its episodes: compact, instructed, or a file",
        ).default(undefined, "as in the run"),
      )
      .option("--system <text>", "the system message of every conversation, in place of its own")
      .option("--store <url>", "where solved problems and their ratings are kept")
      .addOption(
        new Option("--solve-cache <n>", "solutions kept for the same problem; 0: none")
          .argParser(wholeNumber(0))
          .default(1000),
      )
      .addOption(
        new Option("--max-actions <n>", "actions until an episode of /solve is cut off")
          .argParser(wholeNumber(1))
          .default(undefined, "as in the run, else 12"),
      )
      .addOption(checkpointOption())
      .addOption(runsOption())
      .addOption(threadsOption()),
  run: async ({ values, flags, terminal, signal }) => {
    const { adaptersNamed, serve } = await import("../../app/serving/serve-model.ts");
    const { adapter, apiKey = process.env["HONE_API_KEY"], ...settings } = flags;
    const adapters = adaptersNamed(adapter ?? []);
    const serving = await serve({
      ...settings,
      model: values[0]!,
      adapters,
      ...(apiKey === undefined || apiKey === "" ? {} : { apiKey }),
      onError: (error) => terminal.warn(String(error)),
      onProgress: terminal.progress,
      signal,
    });
    terminal.clearProgress();
    for (const notice of serving.notices) terminal.warn(notice);
    const { url, domain } = serving;
    const baseUrl = `${url}/v1`;
    const { team } = serving.found;
    const models = [
      settings.name ?? values[0]!,
      ...Object.keys(team?.folders ?? {}),
      ...Object.keys(adapters),
    ];
    terminal.tell(
      { event: "listening", url, baseUrl, models, ...(domain !== undefined && { domain }) },
      `serving ${models.join(", ")} at ${baseUrl}${domain === undefined ? "" : `, problems of ${domain} at ${url}/solve`}; Ctrl-C ends`,
    );
    await untilStopped(signal);
    await serving.close();
    terminal.tell({ event: "stopped" }, "stopped");
  },
});
