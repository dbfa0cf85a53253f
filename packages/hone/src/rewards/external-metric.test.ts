import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { externalMetric } from "./external-metric.ts";
import { RewardComputer } from "./reward-computer.ts";

const node = JSON.stringify(process.execPath);
/** A program that reads JSON and writes what the expression makes of it. */
const program = (expression: string): string =>
  `${node} -e 'const given = JSON.parse(require("fs").readFileSync(0, "utf8")); ${expression}'`;

let url = "";
const server = createServer((request, response) => {
  let body = "";
  request.on("data", (part) => void (body += String(part)));
  request.on("end", () => {
    const given = JSON.parse(body) as { readonly answer?: string };
    if (request.headers["x-key"] !== "k") response.statusCode = 401;
    response.end(JSON.stringify({ quality: given.answer === "yes" ? 0.75 : null }));
  });
});
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => void server.close());

interface Judged {
  readonly answer: string;
  readonly secret?: string;
}

const rewardOf = async (
  options: Omit<Parameters<typeof externalMetric<Judged>>[0], "name">,
  judged: Judged,
  timeoutMs = 20_000,
) => {
  const components = [externalMetric<Judged>({ name: "quality", ...options })];
  return (await new RewardComputer({ components, timeoutMs }).compute(judged)).components;
};

describe("a metric outside", () => {
  it("is what a service answers to what it is sent, and does not apply where that is null", async () => {
    const headers = { "x-key": "k" };
    await expect(rewardOf({ url, headers }, { answer: "yes" })).resolves.toEqual({ quality: 0.75 });
    await expect(rewardOf({ url, headers }, { answer: "no" })).rejects.toThrow("NOT_APPLICABLE");
    await expect(rewardOf({ url }, { answer: "yes" })).rejects.toThrow("it answered 401");
  });

  it("is what a program writes, which is given no more than it should be", async () => {
    const command = program("console.log(JSON.stringify(given).length / 100)");
    const judged = { answer: "yes", secret: "s" };
    const sent = ({ answer }: Judged) => ({ answer });
    await expect(rewardOf({ command, sent }, judged)).resolves.toEqual({ quality: 0.16 });
  });

  it("fails its reward with what went wrong: no JSON, no number, another code, too late", async () => {
    const answer = { answer: "yes" };
    const fails = (expression: string, words: string, limit?: number) =>
      expect(rewardOf({ command: program(expression) }, answer, limit)).rejects.toThrow(words);
    await fails('console.log("well")', 'it answered "well", which is not JSON');
    await fails('console.log("{}")', "no number, quality or score");
    await fails('console.error("no model"); process.exit(3)', "ended with code 3: no model");
    await fails("setTimeout(() => 0, 60000)", "REWARD_COMPONENT_FAILED", 300);
  });

  it("ends its program where the reward was given up before it started", async () => {
    const metric = externalMetric<Judged>({ name: "x", command: "sleep 20" });
    const computed = metric.compute({ answer: "yes" }, AbortSignal.abort());
    await expect(computed).rejects.toThrow("ended with code null");
  }, 5_000);

  it.skipIf(process.platform !== "linux")(
    "may be given up when its program has ended and left one of another group",
    async () => {
      const metric = externalMetric<Judged>({ name: "x", command: "setsid sleep 1 & exit 0" });
      const computed = metric.compute({ answer: "yes" }, AbortSignal.timeout(400));
      await expect(computed).rejects.toThrow("is not JSON");
    },
  );

  it("is a program or a service, and not both", () => {
    expect(() => externalMetric({ name: "x" })).toThrow("this or url");
    expect(() => externalMetric({ name: "x", url, command: "x" })).toThrow("this or url");
  });
});
