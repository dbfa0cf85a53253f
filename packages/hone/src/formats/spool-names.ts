/** What names a spool, apart from its schema: recorded programs write spools and need not load a library to check them. */

/** The name and version in a spool's first line. */
export const spoolHeader = Object.freeze({ name: "hone.spool", version: 1 });

/** How the files of a spool's folder end. */
export const spoolEnding = ".spool.jsonl";
