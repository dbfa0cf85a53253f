// A day of customers, answered by the model at OPENAI_BASE_URL, or by one that makes mistakes where that is not set:
//   npx hone record -- node examples/langgraph/day.ts [customers] [seed]
import { startMistakenModel } from "../support/mistaken-model.ts";
import { pick, question, rightAnswer, seededNumbers } from "../support/shop.ts";

const customers = Number(process.argv[2] ?? 400);
const random = seededNumbers(Number(process.argv[3] ?? 0) + 1);
process.env["OPENAI_API_KEY"] ??= "none";
const own = process.env["OPENAI_BASE_URL"] ? undefined : await startMistakenModel(random);
if (own !== undefined) process.env["OPENAI_BASE_URL"] = own.url;
// LangChain reads both where it is loaded.
const { answer } = await import("./agent.ts");
let [asked, right] = [0, 0];
for (let customer = 1; customer <= customers; customer++)
  for (let left = pick([1, 2, 3], random); left > 0; left--) {
    const text = question(random);
    asked++;
    if ((await answer(text, `customer ${customer}`)) === rightAnswer(text)) right++;
  }
await own?.close();
console.log(`${right} of ${asked} questions were answered right`);
