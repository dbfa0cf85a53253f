/** Errors of a user's configuration: files, flags, options. */
export const configErrors = {
  CONFIG_UNKNOWN_KEY: (f: {
    where: string;
    key: string;
    known: readonly string[];
    nearest?: string;
    line?: number;
    column?: number;
  }) => ({
    what: `${f.where}${f.line === undefined ? "" : `:${f.line}:${f.column}`} has the unknown key "${f.key}".`,
    fix:
      f.nearest === undefined
        ? `Known keys here: ${f.known.join(", ")}.`
        : `Did you mean ${f.nearest}? If not, leave it out.`,
  }),
  CONFIG_INVALID: (f: { where: string; problem: string; line?: number; column?: number }) => ({
    what: `${f.where}${f.line === undefined ? "" : `:${f.line}:${f.column}`}: ${f.problem}`,
    fix: "Correct the value and start again; the help of the command lists every option with its unit and default.",
  }),
  CONFIG_UNREADABLE: (f: { file: string; reason: string }) => ({
    what: `The settings file ${f.file} cannot be read (${f.reason}).`,
    fix: `Check the path. The file is YAML or JSON with the same keys as the options, such as \`seed: 1\`.`,
  }),
  OPTION_INVALID: (f: {
    where: string;
    option: string;
    got: string;
    expected: string;
    nearest?: string;
  }) => ({
    what:
      f.got === "undefined"
        ? `${f.where} got no ${f.option}; it must be ${f.expected}.`
        : `${f.where} got ${f.option} = ${f.got}; it must be ${f.expected}.`,
    fix:
      f.nearest === undefined
        ? `Pass ${f.option} as ${f.expected}.`
        : `Did you mean ${f.nearest}? If not, leave it out.`,
  }),
  USER_FILE_INVALID: (f: { file: string; what: string; problem: string; example: string }) => ({
    what: `${f.file} gives no ${f.what}: ${f.problem}.`,
    fix: `Correct the file; it ends with \`${f.example}\`.`,
  }),
  USAGE_INVALID: (f: { command: string; problem: string }) => ({
    what: `${f.command}: ${f.problem}.`,
    fix: `\`${f.command} --help\` lists its arguments and options.`,
  }),
  COMMAND_UNKNOWN: (f: { given: string; nearest: string | undefined }) => ({
    what: `hone has no command "${f.given}".`,
    fix:
      f.nearest === undefined
        ? "`npx hone --help` lists every command."
        : `Did you mean \`npx hone ${f.nearest}\`? \`npx hone --help\` lists every command.`,
  }),
  DOCTOR_PROBLEMS: (f: { problems: readonly string[] }) => ({
    what: `Something keeps hone from working here: ${f.problems.join(", ")}.`,
    fix: "The lines above say what to do; with --json they are facts to attach to a report.",
  }),
} as const;
