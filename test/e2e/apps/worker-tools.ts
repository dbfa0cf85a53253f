// The function of an agent whose tools run in a worker thread that lives on from task to task. A tool that runs adds a line to the file EFFECTS.
import { appendFileSync } from "node:fs";
import { once } from "node:events";
import { isMainThread, parentPort, Worker } from "node:worker_threads";
import { tool } from "../../../packages/hone/src/tracing.ts";

const worker = isMainThread ? new Worker(new URL(import.meta.url)) : undefined;

parentPort?.on("message", (number: string) => {
  const run = async (): Promise<string> => {
    appendFileSync(process.env["EFFECTS"]!, `refund ${number}\n`);
    return "really";
  };
  void tool("refund", { number }, run).then((said) => parentPort?.postMessage(`It is ${said}.`));
});

export default async (): Promise<string> => {
  const answered = once(worker!, "message");
  worker!.postMessage("A");
  const [said] = (await answered) as [string];
  return said;
};
