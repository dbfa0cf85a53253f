// The function of an agent that runs its tools itself, by `tool()`. A tool that runs adds a line to the file EFFECTS.
import { appendFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { openTracing, tool, trace } from "../../../packages/hone/src/tracing.ts";

const { tracer } = openTracing();

const refund = (number: string): Promise<string> =>
  tool("refund", { number }, async () => {
    await sleep(1);
    appendFileSync(process.env["EFFECTS"]!, `refund ${number}\n`);
    return "really";
  });

export default ({ question }: { readonly question: string }): Promise<string> =>
  trace(tracer, { agent: "own", task: question }, () =>
    refund("A").then((said) => `It is ${said}.`),
  );
