import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createRunFolder } from "../../runs/open-run.ts";
import { openAddress } from "./open-address.ts";
import { startUiProcess, type UiProcess } from "./ui-process.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hone-ui-process-"));
  await (
    await createRunFolder({ name: "math", out: join(folder, "runs/one"), config: {} })
  ).close();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("the dashboard beside a run", () => {
  it("serves the runs at a free port, each process at its own, until it is closed", async () => {
    const warnings: string[] = [];
    const start = (): UiProcess =>
      startUiProcess({ runs: join(folder, "runs") }, (text) => warnings.push(text));
    const both = [start(), start()];
    const [one, other] = await Promise.all(both.map(({ url }) => url));
    expect(one).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(other).not.toBe(one);
    for (const url of [one, other])
      expect(await (await fetch(`${url}/api/runs`)).json()).toMatchObject({
        runs: [{ name: "one" }],
      });
    for (const ui of both) ui.close();
    const isServed = () =>
      fetch(`${one}/health`).then(
        () => true,
        () => false,
      );
    await expect.poll(isServed).toBe(false);
    expect(warnings).toEqual([]);
  });

  it("opens no browser where there is no display, or where nobody sees one, and says so", async () => {
    expect(await openAddress("http://127.0.0.1:1", { CI: "1", DISPLAY: ":0" })).toMatch("CI");
    if (process.platform === "linux")
      expect(await openAddress("http://127.0.0.1:1", { PATH: "" })).toMatch("no display");
  });
});
