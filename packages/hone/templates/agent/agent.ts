/**
 * An agent that hands requests to the right team. Change it into yours: what a task is, what the agent does with the model, and
 * what is rewarded.
 */
import type { AgentContext, Message, RewardFunction } from "hone-rl";

/** A request, and the team that it belongs to. */
export interface Request {
  readonly id: string;
  readonly text: string;
  readonly topic: string;
  readonly team: string;
}

const teams = { refund: "billing", crash: "support", invoice: "billing", login: "support" };

const requests = Array.from({ length: 200 }, (_, i): Request => {
  const [topic, team] = Object.entries(teams)[i % 4]!;
  return { id: `request ${i}`, text: `order ${i + 100}: ${topic}`, topic, team };
});

/** Tasks to learn from, and tasks that are held out: they say whether the agent got better. */
export const tasks = { train: requests.slice(0, 160), test: requests.slice(160) };

/** Ordinary code. Each call of the model is recorded with its tokens, so that it can be learned from. */
export async function agent({ text }: Request, { model, signal }: Context): Promise<string> {
  return (await model.chat([ask(text)], { signal })).content;
}

/** What this agent uses of all that it is given. */
type Context = Pick<AgentContext, "model" | "signal">;

/** Higher is better; above 0 is a success. */
export const reward: RewardFunction<Request, string> = ({ answer, task }) =>
  answer.trim() === task.team ? 1 : 0;

/** Conversations that show how it is done, for two of the four topics; the others are learned from the reward alone. */
export const shown: readonly (readonly Message[])[] = tasks.train
  .filter(({ topic }) => topic === "refund" || topic === "crash")
  .map(({ text, team }) => [ask(text), { role: "assistant", content: team }]);

function ask(content: string): Message {
  return { role: "user", content };
}
