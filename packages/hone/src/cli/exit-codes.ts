/** What the exit codes of `hone` mean. Help and docs/cli.md show this table. */

/** The exit codes that a command ends with. */
export const exitCodes = {
  done: 0,
  failed: 1,
  usage: 2,
  interrupted: 130,
  terminated: 143,
} as const;

/** Each code with its meaning in help, and with what docs/cli.md says beyond that. */
export const exitCodeMeanings: Readonly<
  Record<keyof typeof exitCodes, { readonly short: string; readonly more?: string }>
> = {
  done: { short: "done" },
  failed: {
    short: "failed",
    more: "what was named is not there or cannot be read, or the work failed; the error says why",
  },
  usage: {
    short: "wrong usage",
    more: "an unknown command, option or key, a missing or impossible value, data that cannot be used, or none",
  },
  interrupted: { short: "stopped by Ctrl-C" },
  terminated: { short: "stopped by SIGTERM" },
};

/** The codes with their meanings in one line: "0 done, 1 failed, …". */
export function exitCodeLine(): string {
  const names = Object.keys(exitCodes) as (keyof typeof exitCodes)[];
  return names.map((name) => `${exitCodes[name]} ${exitCodeMeanings[name].short}`).join(", ");
}
