/** Attempts to break out of a sandbox, or to break it, as data; docs/sandboxes.md counts them. */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type {
  Sandbox,
  SandboxProgram,
  SandboxResult,
} from "../../packages/hone/src/ports/sandbox.ts";

export interface Attempt {
  /** What is tried. */
  readonly title: string;
  readonly code: string;
  /** What the run is given beside the code. */
  readonly given?: Partial<SandboxProgram>;
  /** What the result must hold, as `toMatchObject` compares it. */
  readonly expected: object;
  /** Further checks of the result. */
  readonly check?: (result: SandboxResult) => void;
}

/** Attempts that share a run: its value lists for each the classes of the error that it met. */
export interface AttemptBatch {
  readonly code: string;
  readonly given: Partial<SandboxProgram>;
  readonly refusals: readonly { readonly title: string; readonly error: string }[];
}

/** What is tried on a sandbox. */
interface Attempts {
  readonly attempts: readonly Attempt[];
  readonly batch?: AttemptBatch;
  /** Writes the line "2". */
  readonly harmless: string;
}

/** A secret in the environment of the tests, which no program may see. */
const secret = "sk-of-the-host-4711";

const documentText = readFileSync(new URL("../../docs/sandboxes.md", import.meta.url), "utf8");

/** Defines a test for each attempt: after it the sandbox still works, and nothing of the secret has come out. */
export function describeAttempts(
  name: string,
  open: () => Sandbox,
  { attempts, batch, harmless }: Attempts,
): void {
  describe(`attempts on the ${name} sandbox`, { timeout: 240_000 }, () => {
    process.env["HONE_TEST_SECRET"] = secret;
    let sandbox: Sandbox;
    beforeAll(() => {
      sandbox = open();
    });
    afterAll(async () => {
      delete process.env["HONE_TEST_SECRET"];
      await sandbox.close();
    });

    for (const { title, code, given = {}, expected, check } of attempts) {
      it(`does not give in to one that ${title}`, async () => {
        const result = await sandbox.run({ code, ...given });
        expect(result).toMatchObject(expected);
        check?.(result);
        expect(JSON.stringify(result)).not.toContain(secret);
        expect(Object.keys(Object.prototype)).toEqual([]);
      });
    }

    let outcomes: readonly unknown[] = [];
    beforeAll(async () => {
      if (batch === undefined) return;
      const { failure, value } = await sandbox.run({ code: batch.code, ...batch.given });
      expect(failure).toBeUndefined();
      expect(JSON.stringify(value)).not.toContain(secret);
      outcomes = Array.isArray(value) ? value : [];
    }, 240_000);
    for (const [index, { title, error }] of (batch?.refusals ?? []).entries())
      it(`does not give in to one that ${title}`, () => {
        expect(outcomes[index]).toContain(error);
      });

    it("is described by as many attempts as docs/sandboxes.md counts", () => {
      const row = new RegExp(`^\\| \`${name}\` .*\\| (\\d+) \\|$`, "m").exec(documentText);
      expect(Number(row?.[1])).toBe(attempts.length + (batch?.refusals.length ?? 0));
    });

    it("still works after all of them", async () => {
      expect(await sandbox.run({ code: harmless })).toMatchObject({ exitCode: 0, stdout: "2\n" });
    });
  });
}

export const timeLimit = { failure: { kind: "limit", limit: "time" }, exitCode: 124 };
export const memoryLimit = { failure: { kind: "limit", limit: "memory" }, exitCode: 137 };
export const noValue = { failure: { kind: "value" }, exitCode: 1 };
export const soon: Partial<SandboxProgram> = { limits: { timeMs: 100 } };
