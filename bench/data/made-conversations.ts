/** Made conversations of an agent with a tool: 1 to 7 KiB each, four tries at each task. */
import { Random } from "../../packages/hone/src/core/random.ts";

const words =
  "the bridge river of city built in year from stone steel old new was is and two width length opened between crosses first street house".split(
    " ",
  );
const tools = [
  {
    type: "function",
    function: {
      name: "search",
      description: "Looks for a text in the register.",
      parameters: { type: "object", properties: { query: { type: "string" } } },
    },
  },
];

/** The i-th conversation as a line of a file. */
export function conversationLine(i: number): string {
  const random = new Random("conversation", i);
  const text = (count: number): string =>
    Array.from({ length: count }, () => random.pick(words)).join(" ");
  const turns = Array.from({ length: random.integer(1, 4) }, (_, turn) => {
    const id = `call_${turn}`;
    const called = { name: "search", arguments: JSON.stringify({ query: text(4) }) };
    return [
      {
        ...{ role: "assistant", content: "", reasoning_content: text(20) },
        tool_calls: [{ id, type: "function", function: called }],
      },
      { role: "tool", content: text(random.integer(60, 220)), tool_call_id: id },
    ];
  });
  const messages = [
    { role: "system", content: "Answer from the register, in one sentence." },
    {
      role: "user",
      content: `Question ${Math.floor(i / 4)}: which ${words[(i >> 2) % words.length]}?`,
    },
    ...turns.flat(),
    { role: "assistant", content: `${text(12)}.` },
  ];
  return `${JSON.stringify({ messages, tools, reward: (i % 4) / 3 })}\n`;
}
