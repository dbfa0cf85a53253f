/**
 * The work that one rendering may do. A template is a program of somebody else: with loops in loops it may run for ever, and
 * lists that hold each other may print without end. Rendering is synchronous, so one count serves all files of this folder.
 */
import { TemplateLimit } from "./faults.ts";

let [left, allowed] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];

/** Runs `work`, which may spend `steps`. */
export function withSteps<Result>(steps: number, work: () => Result): Result {
  const before = [left, allowed] as const;
  [left, allowed] = [steps, steps];
  try {
    return work();
  } finally {
    [left, allowed] = before;
  }
}

/** Counts steps: an expression or statement is one, and so are eight items or 32 characters. @throws TemplateLimit behind the last */
export function spend(steps: number): void {
  left -= steps;
  if (left < 0) throw new TemplateLimit(`it takes more than ${allowed} steps`);
}

/** The longest text or list that a template may make. */
const MOST = 2 ** 26;

/** Counts the steps of making a text or list, and refuses one that is too long. @throws TemplateLimit */
export function checkSize(size: number): number {
  if (size > MOST)
    throw new TemplateLimit(
      `it makes a value of ${size} characters or items, and ${MOST} are allowed`,
    );
  spend(size / 32);
  return size;
}
