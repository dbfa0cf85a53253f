// A day of the shop, to be recorded: customers ask the agent, whose model makes the mistakes of `mistaken-model.ts`.
//   npx hone record --agent support -- node examples/support/day.ts [customers] [seed]
import { startMistakenModel } from "./mistaken-model.ts";
import { pick, question, rightAnswer, seededNumbers } from "./shop.ts";

const customers = Number(process.argv[2] ?? 400);
const random = seededNumbers(Number(process.argv[3] ?? 0) + 1);
const model = await startMistakenModel(random);
process.env["OPENAI_BASE_URL"] = model.url;
process.env["OPENAI_API_KEY"] = "none";
// The SDK reads both where it is loaded.
const { answer } = await import("./agent.ts");
let [asked, right] = [0, 0];
for (let customer = 1; customer <= customers; customer++)
  for (let left = pick([1, 2, 3], random); left > 0; left--) {
    const text = question(random);
    const said = await answer(text, `customer ${customer}`);
    asked++;
    if (said === rightAnswer(text)) right++;
  }
await model.close();
console.log(`${right} of ${asked} questions were answered right`);
