// Asks the agent of the last run: npm run ask -- "order 7: refund"
import { openPolicy } from "hone-rl";

await using policy = await openPolicy("last");
const content = process.argv[2] ?? "order 7: refund";
const reply = await policy.chat([{ role: "user", content }], { temperature: 0, maxTokens: 8 });
console.log(`${content} → ${reply.content}`);
