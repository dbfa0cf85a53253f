/** What an option that a command does not have was probably meant to be, behind the words "unknown option '--tasks'". */

/** Options that are looked for under a name that some commands have, or other tools. */
const elsewhere: Readonly<Record<string, (known: readonly string[]) => string | undefined>> = {
  "--max-steps": (known) =>
    known.includes("--max-actions")
      ? ", which is called --max-actions for episodes; training steps have a flag that ends in -steps"
      : "; training steps have a flag that ends in -steps",
  "--width": sizeOfModel,
  "--layers": sizeOfModel,
  "--vocabulary": sizeOfModel,
};

/**
 * The hint; undefined where there is none.
 * @param known  the command's own options, as "--test-tasks"
 * @example unknownOptionHint("--tasks", ["--train-tasks", "--test-tasks"]); // " (did you mean --train-tasks or --test-tasks?)"
 */
export function unknownOptionHint(option: string, known: readonly string[]): string | undefined {
  const hint = Object.hasOwn(elsewhere, option) ? elsewhere[option]!(known) : undefined;
  if (hint !== undefined) return hint;
  const given = wordsOf(option);
  const meant = known.filter((one) => given.every((word) => wordsOf(one).includes(word)));
  return meant.length === 0 ? undefined : ` (did you mean ${meant.join(" or ")}?)`;
}

/** Of a command that takes a model as it is. */
function sizeOfModel(known: readonly string[]): string | undefined {
  if (!known.includes("--model")) return undefined;
  return "; `npx hone model new` makes a model of a chosen size, which --model then names";
}

const wordsOf = (option: string): readonly string[] => option.slice(2).split("-");
