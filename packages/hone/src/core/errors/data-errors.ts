/** Errors of a user's own data files. */
export const dataErrors = {
  /** `holds`: what the file is read for. */
  DATA_UNREADABLE: (f: { file: string; reason: string; holds?: "conversations" | "tasks" }) => ({
    what: `The data file ${f.file} cannot be read (${f.reason}).`,
    fix:
      f.holds === "tasks"
        ? 'Check the path. Give a text file in UTF-8, or gzip, with one JSON object a line, a task with fields of your own: {"id":"sum-1","question":"2 + 2","answer":4}. docs/programs.md says more.'
        : 'Check the path. Give a text file in UTF-8, or gzip, with one JSON object a line: {"messages":[{"role":"user","content":"…"},{"role":"assistant","content":"…"}]}. docs/data.md lists the forms.',
  }),
  DATA_LINE_INVALID: (f: {
    file: string;
    line: number;
    column?: number;
    problem: string;
    key?: string;
    known?: readonly string[];
  }) => ({
    what: `${f.file}:${f.line}${f.column === undefined ? "" : `:${f.column}`}: ${f.problem}.${f.known === undefined ? "" : ` Known keys here: ${f.known.join(", ")}.`}`,
    fix: "Correct the line or leave it out, and start again; nothing was trained. docs/data.md shows every form of a line of conversations, docs/programs.md one of tasks.",
  }),
} as const;
