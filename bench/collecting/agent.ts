/** The agent whose calls are measured: two messages in (1.9 KB), nine chunks and one tool out. */
import { tool } from "../../packages/hone/src/recording/manual-spans.ts";

export interface AskedMessage {
  readonly role: string;
  readonly content: string;
}

const instructions = "You answer questions about the tides along this coast. ".repeat(30);

/** The messages of a call: instructions that are always the same, a question that never is. */
export const askedIn = (call: number): readonly AskedMessage[] => [
  { role: "system", content: instructions },
  { role: "user", content: `Which harbour has the higher tide, ${call}? ${"north ".repeat(40)}` },
];

export const agent = {
  /** Waits for nothing, so that what is measured is its own work and what recording adds. */
  async *chat(given: readonly AskedMessage[]) {
    const call = given[1]!.content.length;
    yield { type: "reasoning", text: `Tables of tides are needed, ${Math.random()}. ` };
    const found = await tool("tide_table", { harbours: 3, call: Math.random() }, lookUp);
    for (let i = 0; i < 7; i++) yield { type: "content", text: `part ${i} of ${call} ` };
    yield { type: "content", text: `${found.highest}, by ${Math.random()} metres` };
  },
};

// What a tool gives may be waited for.
// oxlint-disable-next-line require-await
async function lookUp(): Promise<{ highest: string; metres: readonly number[] }> {
  return { highest: "the third", metres: [Math.random(), 4.5, 5.75] };
}
