// Asks the held-out questions of a run, and says how many were answered right:
//   OPENAI_BASE_URL=http://127.0.0.1:8080/v1 node examples/langgraph/ask.ts runs/imitates/tasks.jsonl
import { readFileSync } from "node:fs";
import { rightAnswer } from "../support/shop.ts";

interface Task {
  readonly question: string;
  readonly split: "train" | "test";
}

process.env["OPENAI_API_KEY"] ??= "none";
const { answer } = await import("./agent.ts");
const lines = readFileSync(process.argv[2]!, "utf8").trim().split("\n");
const tasks = lines.map((line) => JSON.parse(line) as Task);
const heldOut = tasks.filter(({ split }) => split === "test");
let right = 0;
const problems: string[] = [];
for (const { question } of heldOut)
  try {
    const said = await answer(question);
    if (said.trim() === rightAnswer(question)) right++;
  } catch (error) {
    // Such as the graph's limit, for a policy that calls its tools without end.
    problems.push(String(error));
  }
console.log(`${right} of ${heldOut.length} held-out questions were answered right`);
if (problems.length > 0) console.log(`${problems.length} failed, the first: ${problems[0]}`);
