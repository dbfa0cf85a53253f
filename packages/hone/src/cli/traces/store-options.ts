/** Which store a command means: the option, the argument, and what they say in help. */
import { type Command, Option } from "commander";
import { storeFromEnvironment } from "../../app/open-store.ts";
import { defaultStore, isLasting, listStores } from "../../app/stores.ts";
import type { StoreAt } from "../../app/traces/with-store.ts";
import { HoneError } from "../../core/errors.ts";
import { shownAddress } from "../../core/shown-address.ts";
import { problemPrinter } from "../report-error.ts";
import { shellWord } from "../../core/shell-word.ts";
import type { Terminal } from "../terminal/terminal.ts";

/** What the option `--store` gives. */
export interface StoreFlags {
  readonly store: string | undefined;
}

const defaultText = `HONE_STORE, else ${defaultStore}`;

/** The addresses that help names: those of stores that outlive a process. */
export const storeForms = listStores("form", isLasting);

export const storeOption = (what = "where the traces are"): Option =>
  new Option("--store <url>", what).default(undefined, defaultText);

/** The store of a command line: the one its option names, else HONE_STORE, else the default. */
export const storeOf = ({ store }: Partial<StoreFlags>): string => store ?? storeFromEnvironment();

/** The store of a command line, for `withStore`: what cannot be read in it is printed as a problem. */
export const storeAt = (flags: Partial<StoreFlags>, terminal: Terminal): Required<StoreAt> => ({
  url: storeOf(flags),
  onProblem: problemPrinter(terminal),
});

/** Adds the store as an argument, and as the option that every other command has. `forms`: the addresses that help names. */
export const addStoreArgument = (command: Command, forms: string = storeForms): Command =>
  command
    .argument("[store]", `${forms}; default ${defaultText}`)
    .option("--store <url>", "the same as the argument");

/** The store of a command with `addStoreArgument`. @throws USAGE_INVALID when argument and option name two stores */
export function storeArgument(
  command: string,
  [given]: readonly string[],
  { store }: Partial<StoreFlags>,
): string {
  if (given !== undefined && store !== undefined && given !== store) {
    const problem = "the argument and --store name two stores; give one of them";
    throw new HoneError("USAGE_INVALID", { command: `npx hone ${command}`, problem });
  }
  return storeOf({ store: given ?? store });
}

/**
 * The option that names a store, for a command line that is printed. A password is left out, and `note` says where to put it.
 */
export function storeWords(store: string | undefined): {
  readonly option: string;
  readonly note: string;
} {
  if (store === undefined) return { option: "", note: "" };
  const shown = shownAddress(store);
  const option = ` --store ${shellWord(shown)}`;
  return { option, note: shown === store ? "" : "  (password: PGPASSWORD)" };
}
