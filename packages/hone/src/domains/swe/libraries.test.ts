/** The libraries are right, and each of their bugs is found by a test that the agent sees and by a hidden one. */
import { afterAll, expect, it } from "vitest";
import { libraries } from "./libraries.ts";
import { bugsOf, filledSources, type Library, testFile } from "./template.ts";
import { testRunner } from "./test-runner.ts";

const runner = testRunner();
afterAll(() => runner.close());

/** How the tests of copies end, run together: those that the agent sees and the hidden ones, with whether each passed. */
async function passed(library: Library, files: Readonly<Record<string, string>>) {
  const path = `test/${library.name}.test.js`;
  const sets = (["seen", "hidden"] as const).map((kind) => ({ [path]: testFile(library, kind) }));
  const outcomes = await runner.run(files, sets);
  return outcomes.map((set) => set.map(({ error }) => error === undefined));
}

const names = (library: Library, at: number) =>
  Object.fromEntries(Object.entries(library.names).map(([name, all]) => [name, all[at]!]));

it.each(libraries.map((library) => [library.name, library] as const))(
  "%s passes its tests by every name, and fails one of both kinds with each bug",
  async (_, library) => {
    for (const at of [0, 1, 2])
      for (const set of await passed(library, filledSources(library, [], names(library, at))))
        expect(set).toEqual(set.map(() => true));
    for (const bug of bugsOf(library)) {
      const sets = await passed(library, filledSources(library, [bug], names(library, 0)));
      for (const set of sets) {
        expect(set, JSON.stringify(bug)).toContain(false);
        expect(set).toHaveLength(Object.keys(library.tests).length);
      }
    }
  },
);
