/** Errors of sandboxes. What a program in a sandbox does wrong is no error but its result. */
export const sandboxErrors = {
  SANDBOX_PACKAGE_MISSING: (f: { language: string; package: string; install: string }) => ({
    what: `Programs in ${f.language} need the package ${f.package}, which is not installed.`,
    fix: `Install it with \`${f.install}\`.`,
  }),
  /** `advice`: a whole sentence. */
  SANDBOX_UNAVAILABLE: (f: { sandbox: string; problem: string; advice: string }) => ({
    what: `The sandbox ${f.sandbox} cannot run here: ${f.problem}.`,
    fix: `${f.advice}`,
  }),
  SANDBOX_FILE_INVALID: (f: { file: string; problem: string }) => ({
    what: `The file ${f.file} cannot be put into a sandbox: ${f.problem}.`,
    fix: 'Name files by relative paths with "/" between folders, such as "src/add.js".',
  }),
  SANDBOX_PROGRAM_UNREADABLE: (f: { file: string; reason: string }) => ({
    what: `The program ${f.file} cannot be read (${f.reason}).`,
    fix: "Check the path; it is a text file with a program.",
  }),
  SANDBOX_TYPES_NEEDED: (f: { file: string; reason: string }) => ({
    what: `The program ${f.file} is no JavaScript once its types are left out (${f.reason}).`,
    fix: "Correct it, use types alone (no enum, no namespace, no parameter property), or compile it to JavaScript and run that.",
  }),
  SANDBOX_CRASHED: (f: { sandbox: string; problem: string }) => ({
    what: `The interpreter of the sandbox ${f.sandbox} ended before the program did: ${f.problem}.`,
    fix: "The next run gets a new one. If it happens again and again, give the sandbox more memory (limits.memoryMb), or report the program.",
  }),
  SANDBOX_CLOSED: (f: { sandbox: string }) => ({
    what: `The sandbox ${f.sandbox} is closed.`,
    fix: "Close it after its last run, or open another.",
  }),
} as const;
