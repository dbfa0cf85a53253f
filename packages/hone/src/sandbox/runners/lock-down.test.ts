/** What a program that broke out of its interpreter finds in the runner's process. */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const runners = fileURLToPath(new URL(".", import.meta.url));

/** Calls, and constructs, every function of dns and those of `process` that reach other processes; prints those that are open. */
const attempts = `
import dns from "node:dns";
import dnsPromises, { resolveTxt } from "node:dns/promises";
import { lockDown } from "./lock-down.ts";
lockDown();
const ways = { resolveTxt, _kill: process._kill, _debugProcess: process._debugProcess, kill: process.kill };
for (const [part, all] of Object.entries({ dns, promises: dns.promises, dnsPromises }))
  for (const [name, way] of Object.entries(all))
    if (typeof way === "function") ways[part + "." + name] = way;
const open = Object.entries(ways).flatMap(([name, way]) => {
  const tries = [() => way(999_999_999, 0), () => new way()];
  return tries.every((one) => {
    try { one(); return false; } catch (error) { return error.code === "ENETUNREACH"; }
  }) ? [] : [name];
});
console.log(JSON.stringify({ ways: Object.keys(ways), open }));
process.exit(0);
`;

describe("lockDown", () => {
  it("closes all of dns, and signals to other processes", { timeout: 60_000 }, () => {
    const flags = ["--no-warnings", "--input-type=module-typescript", "-e", attempts];
    const printed = execFileSync(process.execPath, flags, { cwd: runners, encoding: "utf8" });
    const { ways, open } = JSON.parse(printed) as { ways: string[]; open: string[] };
    expect(open).toEqual([]);
    expect(ways).toEqual(
      expect.arrayContaining(["dns.Resolver", "promises.resolveTxt", "dnsPromises.Resolver"]),
    );
  });

  it("is called by every runner", () => {
    const files = readdirSync(runners).filter((name) => name.endsWith("-runner.ts"));
    expect(files.length).toBeGreaterThanOrEqual(4);
    for (const name of files)
      expect(readFileSync(`${runners}${name}`, "utf8"), name).toMatch(/^lockDown\(\);$/m);
  });
});
