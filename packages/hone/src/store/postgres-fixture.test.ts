import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { expect, it } from "vitest";

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url });
  try {
    await client.connect();
    await client.end();
    return true;
  } catch {
    return false;
  }
}

it("a server for tests ends, and its files go, when the process of the tests is killed", async () => {
  const folder = await mkdtemp(join(tmpdir(), "hone-watchdog-"));
  try {
    // The server runs under another account where we are root.
    await chmod(folder, 0o755);
    const fixture = JSON.stringify(new URL("./postgres-fixture.ts", import.meta.url).href);
    const text = `
      const { startPostgres } = await import(${fixture});
      const server = await startPostgres(["fsync=off"]);
      console.log(server.url());
      setInterval(() => undefined, 1000);`;
    const child = spawn(process.execPath, ["--input-type=module", "--eval", text], {
      env: { ...process.env, TMPDIR: folder },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [output] = (await once(child.stdout, "data")) as [Buffer];
    const url = output.toString().trim();
    expect(await answers(url)).toBe(true);
    child.kill("SIGKILL");
    await once(child, "close");
    const end = performance.now() + 10_000;
    const isGone = async (): Promise<boolean> => (await readdir(folder)).length === 0;
    while (!(await isGone()) && performance.now() < end) await sleep(50);
    expect(await isGone()).toBe(true);
    expect(await answers(url)).toBe(false);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}, 30_000);
