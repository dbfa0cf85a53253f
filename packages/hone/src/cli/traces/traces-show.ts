/** `hone traces show`: shows one trace with its spans. */
import { InvalidArgumentError } from "commander";
import { HoneError } from "../../core/errors.ts";
import { type SpanKind, spanKinds } from "../../core/span.ts";
import { shownAddress } from "../../core/shown-address.ts";
import { defineCommand } from "../command.ts";
import { filterOption, pricesOf } from "./filter-options.ts";
import { type StoreFlags, storeAt, storeOf, storeOption } from "./store-options.ts";
import { traceTree } from "./trace-tree.ts";

interface Flags extends StoreFlags {
  readonly last?: boolean;
  readonly agent?: string;
  readonly spans?: ReadonlySet<SpanKind>;
  readonly full?: boolean;
  readonly prices?: string;
}

export const command = defineCommand<Flags>({
  examples: [
    "npx hone traces show last",
    "npx hone traces show 4bf92f3577 --spans prompt,tool --full",
  ],
  notes: [
    `Kinds of spans: ${spanKinds.join(", ")}.`,
    "Of each span: its start after the trace's, how long it took, tokens, inputs,",
    "outputs and errors. --json: the trace whole, in one line, as in docs/formats.",
  ],
  define: (command) =>
    void command
      .argument("[id]", "of the trace, or the beginning of it, or last")
      .addOption(storeOption())
      .option("--last", "the trace that started last")
      .option("--agent <name>", "with --last: of this agent")
      .option("--spans <kinds>", "only spans of these kinds, with commas between", kindsOf)
      .option("--full", "texts are not cut")
      .addOption(filterOption("prices")),
  run: async ({ values, flags, terminal }) => {
    const { agent, spans, full = false } = flags;
    const [given] = values;
    // "last" as the commands of runs take it.
    const last = flags.last === true || given === "last";
    const id = given === "last" ? undefined : given;
    if ((id === undefined) !== last) refuse("give either an id or --last");
    if (agent !== undefined && !last) refuse("--agent belongs to --last");
    const { readNewest, readTrace, traceToJson } = await import("../../app/traces/read-traces.ts");
    const at = storeAt(flags, terminal);
    const trace =
      id === undefined
        ? await readNewest(at, agent === undefined ? {} : { agent })
        : await readTrace(at, id);
    if (trace === undefined) {
      const whose = agent === undefined ? "it holds none yet" : `it holds none of ${agent}`;
      throw new HoneError("TRACES_NONE", { store: shownAddress(storeOf(flags)), reason: whose });
    }
    terminal.emit({ ...traceToJson(trace) });
    const prices = pricesOf(flags);
    const options = { isFull: full, prices, ...(spans === undefined ? {} : { kinds: spans }) };
    for (const line of traceTree(trace, terminal, options)) terminal.say(line);
  },
});

function refuse(problem: string): never {
  throw new HoneError("USAGE_INVALID", { command: "npx hone traces show", problem });
}

function kindsOf(text: string): ReadonlySet<SpanKind> {
  const names = text.split(",").map((name) => name.trim());
  const unknown = names.find((name) => !spanKinds.includes(name as SpanKind));
  if (unknown !== undefined)
    throw new InvalidArgumentError(`Kinds of spans are ${spanKinds.join(", ")}`);
  return new Set(names as SpanKind[]);
}
