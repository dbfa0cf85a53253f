/** Errors of traces and their stores. */
import type { OptionNaming } from "../option-naming.ts";

export const traceErrors = {
  TRACE_QUERY_INVALID: (f: { condition: string; got: string; expected: string }) => ({
    what: `The query's ${f.condition} is ${f.got}; it must be ${f.expected}.`,
    fix: "Correct that condition or leave it out.",
  }),
  TRACE_INVALID: (f: { name: string; problem: string }) => ({
    what: `The ${f.name} cannot be stored: ${f.problem}.`,
    fix: "Correct what the message names. A trace holds finite numbers, times from 0 to 8.64e15 ms, ids that are not empty, and values that JSON can hold. A trace that an older version stored can be deleted: `npx hone traces delete`.",
  }),
  TRACE_NOT_FOUND: (f: { store: string; id: string }) => ({
    what: `${f.store} has no trace ${JSON.stringify(f.id)}.`,
    fix: "Check the id: `npx hone traces list` shows the ids. A program writes a trace before its spans and rewards, or together with them.",
  }),
  TRACE_RUNNING: (f: { id: string }) => ({
    what: `The trace ${f.id} still runs: what records it writes its session, user, tags and metadata again when it ends.`,
    fix: "Edit it when it has ended.",
  }),
  TRACE_AMBIGUOUS: (f: { id: string; candidates: readonly string[]; isCut: boolean }) => ({
    what: `Several traces begin with ${JSON.stringify(f.id)}: ${f.candidates.join(", ")}${f.isCut ? ", …" : ""}.`,
    fix: "Give more characters of the id.",
  }),
  TRACES_NONE: (f: { store: string; reason: string }) => ({
    what: `${f.store} has no such trace: ${f.reason}.`,
    fix: "Record a program into it: `npx hone record -- node app.js`; `npx hone traces stats --by agent` shows what it holds.",
  }),
  TRACES_NO_TASKS: (f: { store: string; agent?: string; leftOut: string }) => ({
    what: `No trace ${typeof f.agent === "string" ? `of the agent ${JSON.stringify(f.agent)} ` : ""}in ${f.store} gives a task${f.leftOut === "" ? "" : ` (left out: ${f.leftOut})`}.`,
    fix: "Record the program with questions of users: `npx hone record -- node app.js`; `npx hone traces stats --by agent` shows the agents. docs/improve.md says which traces give tasks.",
  }),
  TRACE_HAS_REASONING: (f: { trace: string }) => ({
    what: `The conversation of trace ${f.trace} holds reasoning, which \`--reasoning error\` does not allow in a file of conversations.`,
    fix: "Give `--reasoning keep` for a model whose chat template writes reasoning, or `--reasoning drop` to leave it out; dropped reasoning is counted. Nothing was written.",
  }),
  TRACES_FILE_UNREADABLE: (f: { file: string; reason: string }) => ({
    what: `The file of traces ${f.file} cannot be read: ${f.reason}.`,
    fix: "Give a file that `npx hone traces export` wrote: one trace a line as JSON, gzipped or not. A store is named by its address, as in sqlite:./hone.db.",
  }),
  PROGRAM_NOT_STARTED: (f: { program: string; reason: string }) => ({
    what: `The program ${JSON.stringify(f.program)} could not be started: ${f.reason}.`,
    fix: "Check the name and the path. The words behind -- are started as they are, without a shell. Nothing was recorded.",
  }),
  COPY_DIFFERS: (f: { from: string; to: string; id: string; how: string }) => ({
    what: `After copying ${f.from} to ${f.to}, the trace ${f.id} ${f.how} in the target.`,
    fix: "Copy again while no program writes to either store; traces that are already there are not copied again.",
  }),
  COPY_SOURCE_CHANGED: (f: { from: string; to: string; before: number; after: number }) => ({
    what: `${f.from} changed while it was copied to ${f.to}: there were ${f.before} traces to copy, and ${f.after} when the copy was verified.`,
    fix: "Copy again while no program writes to the source; traces that are already there are not copied again.",
  }),
  STORE_CLOSED: (f: { store: string }) => ({
    what: `${f.store} was used after it was closed.`,
    fix: "Open the store again, and close it only when it is not used any more.",
  }),
  /** `addresses`: examples of addresses that would do; `meant`: the address that was probably meant. */
  STORE_URL_INVALID: (f: { url: string; problem: string; addresses: string; meant?: string }) => ({
    what: `${JSON.stringify(f.url)} names no store: ${f.problem}.`,
    fix: `${typeof f.meant === "string" ? `Did you mean ${f.meant}? ` : ""}Give ${f.addresses}.`,
  }),
  STORE_NOT_FOUND: (f: { store: string; reason: string }, option: OptionNaming) => ({
    what: `There is no store at ${f.store}: ${f.reason}.`,
    fix: `Check the address (${option("store")}, or HONE_STORE in the environment). The first write makes a store, for example \`npx hone record -- node app.js\`.`,
  }),
  STORE_SCHEMA_TOO_NEW: (f: { store: string; found: number; known: number }) => ({
    what: `${f.store} was written with store schema ${f.found}; this version of hone reads up to ${f.known}.`,
    fix: "Update hone, or open a copy that an older version wrote. Nothing was changed.",
  }),
  STORE_LOCKED: (f: { store: string; seconds: number }) => ({
    what: `${f.store} was still locked by another program or connection after ${f.seconds} s.`,
    fix: "End the program that holds the lock, or wait for it (a backup, an open transaction), and do the same again. What was to be written is not in the store.",
  }),
  STORE_UNREACHABLE: (f: { store: string; reason: string; seconds: number }) => ({
    what: `${f.store} could not be reached for ${f.seconds} s: ${f.reason}.`,
    fix: "Check that the server runs and that host, port and database are right. The same write may be sent again: nothing is stored twice.",
  }),
  STORE_REFUSED: (f: { store: string; reason: string }) => ({
    what: `${f.store} refused: ${f.reason}.`,
    fix: "PostgreSQL: check user, password, database and permissions; the password may also be in PGPASSWORD or ~/.pgpass. A store over HTTP: HONE_STORE_KEY holds the key of its `npx hone store serve`.",
  }),
  STORE_WITHOUT_QUEUE: (f: { store: string }) => ({
    what: `${f.store} serves a store without a queue of rollouts.`,
    fix: "Serve a store that has one: `npx hone store serve sqlite:./hone.db`, or one of PostgreSQL.",
  }),
  STORE_KEY_INVALID: (_: Readonly<Record<string, never>>) => ({
    what: "The key of the store holds a line break, a space at an end or another character that a request cannot carry.",
    fix: "Put a text of letters, digits and signs of ASCII alone into HONE_STORE_KEY (`key` for openStore() and serveStore()); a key that was read from a file often ends with a line break.",
  }),
  STORE_KEY_MISSING: (f: { host: string }, option: OptionNaming) => ({
    what: `The store was to be served on ${f.host}, where other machines reach it, without a key.`,
    fix: `Put a long random text as key into HONE_STORE_KEY (\`key\` for serveStore()), and the same for its clients, or leave ${option("host")} out to listen on 127.0.0.1.`,
  }),
  STORE_DAMAGED: (f: { store: string; problem: string }) => ({
    what: `${f.store} is damaged: ${f.problem}.`,
    fix: "Copy what can be read with `npx hone store copy`, or restore the store from a backup.",
  }),
  /** `first`: the first paths below the store's folder. */
  TRACE_FILES_MISSING: (f: {
    store: string;
    index: string;
    count: number;
    first: readonly string[];
  }) => ({
    what: `${f.store} lacks ${f.count} ${f.count === 1 ? "file" : "files"} of traces that its index lists: ${f.first.join(", ")}${f.count > f.first.length ? ", …" : ""}.`,
    fix: `Put them back from a backup. If they were deleted on purpose, delete ${f.index}, too: it is made again from the files that are there. To delete traces use \`npx hone traces delete\` or \`npx hone store prune\`.`,
  }),
  TRACES_NOT_WRITTEN: (f: { problem: string }) => ({
    what: `Traces could not be written: ${f.problem}.`,
    fix: "Check that the store can be reached, that this user may write there, and that the disk is not full. Writing goes on by itself as soon as it can.",
  }),
  PART_NOT_RECORDED: (f: { problem: string }) => ({
    what: `A part of a trace could not be recorded: ${f.problem}.`,
    fix: "The app goes on as without hone. Please report it with the versions of the libraries that are recorded.",
  }),
  APP_CODE_THREW: (f: { problem: string }) => ({
    what: `Code of the app threw while it was called for a trace: ${f.problem}.`,
    fix: "Look at getters and toJSON of values that models and tools are given, and at callbacks of hone's options. That part of the trace is left out.",
  }),
  REQUEST_NOT_RECORDED: (f: { path: string; reason: string }) => ({
    what: `A request to ${f.path} was not recorded: ${f.reason}.`,
    fix: "Give the body as a text of at most 8 MiB, or record the call around it with `span()`. The request itself was sent as it was.",
  }),
  ROLLOUT_INVALID: (f: { name: string; problem: string }) => ({
    what: `The ${f.name} cannot be queued: ${f.problem}.`,
    fix: "Give an id that is not empty, content that JSON can hold, at least one attempt, and a lease of more than 0 ms.",
  }),
  LEASE_LOST: (f: { id: string; worker: string; reason: string }) => ({
    what: `Worker ${f.worker} no longer holds the rollout ${f.id}: ${f.reason}.`,
    fix: "Drop this rollout and lease the next one. Send heartbeats more often, or ask for a longer lease.",
  }),
} as const;
