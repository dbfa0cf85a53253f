/** Linear equations, solved by actions, as `npm start` has them. */
import { mathEnvironment } from "../../../packages/hone/src/domains/math/environment.ts";
import { parseEquation, solutionOf } from "../../../packages/hone/src/domains/math/equation.ts";
import { expertEpisodes } from "../../../packages/hone/src/domains/math/expert.ts";
import { compactMathFormat } from "../../../packages/hone/src/domains/math/format.ts";
import { formatRational } from "../../../packages/hone/src/domains/math/rational.ts";
import { mathReward } from "../../../packages/hone/src/domains/math/rewards.ts";
import { equationTasks } from "../../../packages/hone/src/domains/math/tasks.ts";
import { conversationOf } from "../../../packages/hone/src/environments/chat-format.ts";
import { environmentAgent } from "../../../packages/hone/src/environments/environment-agent.ts";
import { problem } from "./problem.ts";

const maxActions = 6;
const maxTokens = 12;

/** Four right actions solve an equation; each of them is rewarded. */
export const equations = problem({
  name: "equations",
  title: "Equations",
  text:
    "Equations such as `3x + 7 = 16`, as `npm start` has them ([rules](../../packages/hone/src/domains/math/README.md)): an action a turn, " +
    `at most ${maxActions}, each with a reward of its own. Success is the right answer.`,
  maxTokens,
  tokensPerAnswer: maxActions * maxTokens,
  tasks: {
    train: equationTasks({ split: "train", count: 200 }),
    test: equationTasks({ split: "test", count: 100 }),
  },
  agent: environmentAgent(() => mathEnvironment({ maxActions }), {
    format: compactMathFormat,
    maxActions,
  }),
  reward: mathReward,
  async expert(task, mistakeRate, seed) {
    const [episode] = await expertEpisodes([task], { mistakeRate, seed, maxActions });
    return conversationOf(episode!, compactMathFormat);
  },
  hint: ({ equation }) => `x = ${formatRational(solutionOf(parseEquation(equation))!)}`,
});
