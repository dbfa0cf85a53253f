/** `hone traces edit`: changes session, user, tags and metadata of traces. */
import { HoneError } from "../../core/errors.ts";
import { defineCommand } from "../command.ts";
import { counted } from "../terminal/shown-text.ts";
import { metadataValue } from "./filter-options.ts";
import { type StoreFlags, storeAt, storeOption } from "./store-options.ts";

interface Flags extends StoreFlags {
  readonly session?: string;
  readonly user?: string;
  readonly tag?: readonly string[];
  readonly untag?: readonly string[];
  readonly meta?: Readonly<Record<string, string>>;
  readonly unmeta?: readonly string[];
}

const listed = (text: string, before: readonly string[] = []): string[] => [...before, text];

export const command = defineCommand<Flags>({
  examples: [
    "npx hone traces edit 4bf92f3577 --tag good --meta reviewer=ada",
    "npx hone traces edit 4bf92f3577 9c1d02aa41 --session 17 --untag new",
  ],
  notes: [
    'An empty text, as in --session "", takes the session or the user away.',
    "When an id fits no trace or several, or a trace still runs, nothing changes.",
    "--json: a line for each trace, then {edited}.",
  ],
  define: (command) =>
    void command
      .argument("<ids...>", "of the traces, or the beginnings of them")
      .addOption(storeOption())
      .option("--session <id>", "the conversation that they are turns of")
      .option("--user <id>", "whom the agent worked for")
      .option("--tag <tag>", "adds a tag; may be repeated", listed)
      .option("--untag <tag>", "takes a tag away; may be repeated", listed)
      .option("--meta <name=value>", "sets a value of the metadata; may be repeated", metadataValue)
      .option("--unmeta <name>", "takes it away; may be repeated", listed),
  run: async ({ values, flags, terminal }) => {
    const { session, user, tag, untag, meta, unmeta } = flags;
    const given = { session, user, tag, untag, meta, unmeta };
    const changes = Object.fromEntries(
      Object.entries(given).filter(([, value]) => value !== undefined),
    ) as Partial<typeof given>;
    if (Object.keys(changes).length === 0) {
      const problem = "say what to change: --session, --user, --tag, --untag, --meta or --unmeta";
      throw new HoneError("USAGE_INVALID", { command: "npx hone traces edit", problem });
    }
    const { editTraces } = await import("../../app/traces/edit-traces.ts");
    const edited = await editTraces(storeAt(flags, terminal), values, {
      ...(changes.session === undefined ? {} : { session: changes.session }),
      ...(changes.user === undefined ? {} : { user: changes.user }),
      addTags: tag ?? [],
      removeTags: untag ?? [],
      setMetadata: meta ?? {},
      removeMetadata: unmeta ?? [],
    });
    for (const one of edited) terminal.emit({ event: "trace", ...one });
    terminal.tell({ edited: edited.length }, `${counted(edited.length, "trace")} edited`);
  },
});
