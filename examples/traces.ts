// Records an agent that needs no model into ./rl_data and reads it back: node scripts/run.js examples/traces.ts
import { openTracing, reward, tool, withTraces } from "hone-rl/tracing";

/** Adds what it is asked to, and yields its answer word by word. */
const calculator = {
  async *chat(messages: readonly { role: string; content: string }[]) {
    const numbers = messages.at(-1)!.content.match(/\d+/g)!.map(Number);
    yield "That ";
    yield "makes ";
    const sum = await tool("add", { numbers }, async () => numbers.reduce((a, b) => a + b));
    reward(1, { type: "tool", reason: "it gave a number" });
    yield `${sum}.`;
  },
};

const tracing = openTracing({
  store: "files:./rl_data",
  // Besides the usual secrets, such as the key below.
  redaction: { patterns: [/ACME-\d+/] },
});
const agent = withTraces(calculator, { tracing, agent: "calculator", tags: ["example"] });

const question = "Order ACME-7781, my key is sk-0123456789abcdefghij: what is";
for (const sum of ["17 + 25?", "1 + 1?"]) {
  const messages = [
    { role: "user", content: question },
    { role: "user", content: sum },
  ];
  for await (const word of agent.chat(messages)) process.stdout.write(word);
  console.log();
}
const { written, dropped } = await tracing.close();
console.log(`${written} spans written, ${dropped} dropped; see ./rl_data/traces`);
