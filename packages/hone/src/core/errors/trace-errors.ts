/** Errors of traces and their stores. */
export const traceErrors = {
  TRACE_QUERY_INVALID: (f: { condition: string; got: string; expected: string }) => ({
    what: `The query's ${f.condition} is ${f.got}; it must be ${f.expected}.`,
    fix: "Correct that condition or leave it out.",
  }),
  TRACE_INVALID: (f: { name: string; problem: string }) => ({
    what: `The ${f.name} cannot be stored: ${f.problem}.`,
    fix: "Give what docs/formats describes: finite numbers, ids that are not empty, and values JSON can hold.",
  }),
  TRACE_NOT_FOUND: (f: { store: string; id: string }) => ({
    what: `${f.store} has no trace ${JSON.stringify(f.id)}.`,
    fix: "Check the id, as `npx hone traces list` shows it; a span or a reward needs its trace written before it or with it.",
  }),
  TRACE_AMBIGUOUS: (f: { id: string; candidates: readonly string[]; isCut: boolean }) => ({
    what: `Several traces begin with ${JSON.stringify(f.id)}: ${f.candidates.join(", ")}${f.isCut ? ", …" : ""}.`,
    fix: "Give more of the id.",
  }),
  TRACES_NONE: (f: { store: string; reason: string }) => ({
    what: `${f.store} has no such trace: ${f.reason}.`,
    fix: "Record a program into it: `npx hone record -- node app.js`; `npx hone traces stats --by agent` shows what it holds.",
  }),
  TRACES_FILE_UNREADABLE: (f: { file: string; reason: string }) => ({
    what: `The file of traces ${f.file} cannot be read: ${f.reason}.`,
    fix: "Give a file that `npx hone traces export` wrote: one trace a line as JSON (docs/formats), gzipped or not.",
  }),
  PROGRAM_NOT_STARTED: (f: { program: string; reason: string }) => ({
    what: `The program ${JSON.stringify(f.program)} could not be started: ${f.reason}.`,
    fix: "Check the name and the path; what stands behind -- is started as it is, without a shell. Nothing was recorded.",
  }),
  COPY_DIFFERS: (f: { from: string; to: string; id: string; how: string }) => ({
    what: `After copying ${f.from} to ${f.to}, the trace ${f.id} ${f.how} in the target.`,
    fix: "Copy again when nobody writes to either store; what is there already is passed over.",
  }),
  COPY_SOURCE_CHANGED: (f: { from: string; to: string; before: number; after: number }) => ({
    what: `${f.from} had ${f.before} traces while it was copied to ${f.to} and ${f.after} when that was verified.`,
    fix: "Copy again when nobody writes to the source; what is there already is passed over.",
  }),
  STORE_CLOSED: (f: { store: string }) => ({
    what: `${f.store} was used after it was closed.`,
    fix: "Open the store again, and close it when the last use of it has ended.",
  }),
  /** `addresses`: examples of addresses that would do; `meant`: the address that was probably meant. */
  STORE_URL_INVALID: (f: { url: string; problem: string; addresses: string; meant?: string }) => ({
    what: `${JSON.stringify(f.url)} names no store: ${f.problem}.`,
    fix: `${typeof f.meant === "string" ? `Did you mean ${f.meant}? ` : ""}Give ${f.addresses}.`,
  }),
  STORE_NOT_FOUND: (f: { store: string; reason: string }) => ({
    what: `There is no store at ${f.store}: ${f.reason}.`,
    fix: "Check the address (--store, or HONE_STORE in the environment); a store is made by the first write to it, for example by `npx hone record -- node app.js`.",
  }),
  STORE_SCHEMA_TOO_NEW: (f: { store: string; found: number; known: number }) => ({
    what: `${f.store} was written with store schema ${f.found}; this build reads up to ${f.known}.`,
    fix: "Update the package, or open a copy written by an older build. Nothing was changed.",
  }),
  STORE_LOCKED: (f: { store: string; seconds: number }) => ({
    what: `${f.store} was locked by another program for ${f.seconds} s.`,
    fix: "End the program that holds the lock (a backup, an open transaction) and write again; nothing of this write is in the store.",
  }),
  STORE_UNREACHABLE: (f: { store: string; reason: string; seconds: number }) => ({
    what: `${f.store} could not be reached for ${f.seconds} s: ${f.reason}.`,
    fix: "Check that the server runs and that host, port and database are right; a write may be repeated, nothing gets in twice.",
  }),
  STORE_REFUSED: (f: { store: string; reason: string }) => ({
    what: `${f.store} refused: ${f.reason}.`,
    fix: "Check user, password, database and permissions; a password may also stand in PGPASSWORD or ~/.pgpass.",
  }),
  STORE_DAMAGED: (f: { store: string; problem: string }) => ({
    what: `${f.store} is damaged: ${f.problem}.`,
    fix: "Copy what can be read with `npx hone store copy`, or restore the store from a backup.",
  }),
  TRACES_NOT_WRITTEN: (f: { problem: string }) => ({
    what: `Traces could not be written: ${f.problem}.`,
    fix: "Check that the store's place exists, is writable and not full; writing goes on by itself when it is.",
  }),
  ROLLOUT_INVALID: (f: { name: string; problem: string }) => ({
    what: `The ${f.name} cannot be queued: ${f.problem}.`,
    fix: "Give an id that is not empty, content that JSON can hold, at least one attempt, and a lease of more than 0 ms.",
  }),
  LEASE_LOST: (f: { id: string; worker: string; reason: string }) => ({
    what: `Worker ${f.worker} no longer holds the rollout ${f.id}: ${f.reason}.`,
    fix: "Drop this work and lease the next rollout; send heartbeats more often, or ask for a longer lease.",
  }),
} as const;
