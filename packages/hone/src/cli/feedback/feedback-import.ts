/** `hone feedback import`: reads feedback from a file into a store. */
import { shownAddress } from "../../core/shown-address.ts";
import { defineCommand } from "../command.ts";
import { authorOption, givenAuthor, type Scale, scaleOption } from "./feedback-options.ts";
import { feedbackText } from "./feedback-export.ts";
import { type StoreFlags, storeAt, storeOf, storeOption } from "../traces/store-options.ts";

interface Flags extends StoreFlags {
  readonly author?: string;
  readonly scale: Scale;
}

export const command = defineCommand<Flags>({
  examples: [
    "npx hone feedback import ratings.csv --author ada",
    "npx hone feedback import said.jsonl",
  ],
  notes: [
    "CSV: a first line with the names of the columns, such as traceId,rating,reason",
    "or first,second,preferred or traceId,answer. JSON Lines: the same keys. A row",
    "may leave out kind, id, at (now), author (--author), low and high (--scale). A",
    "line that is wrong is named, and then nothing of the file is stored.",
  ],
  define: (command) =>
    void command
      .argument("<file>", "CSV where its name ends in .csv, else JSON Lines")
      .addOption(storeOption())
      .addOption(authorOption())
      .addOption(scaleOption()),
  run: async ({ values, flags, terminal }) => {
    const { withStore } = await import("../../app/traces/with-store.ts");
    const { importFeedback } = await import("../../app/feedback/feedback-files.ts");
    const { low, high } = flags.scale;
    const counts = await withStore(storeAt(flags, terminal), (store) =>
      importFeedback(store, values[0]!, { author: givenAuthor(flags.author), low, high }),
    );
    terminal.tell(
      { ...counts },
      `${feedbackText(counts)} stored in ${shownAddress(storeOf(flags))}`,
    );
  },
});
