// Whether an answer says what the shop's records say.
import type { RewardFunction } from "hone-rl";
import { rightAnswer } from "./shop.ts";

const reward: RewardFunction<{ id: string; question: string }, string> = ({ answer, task }) =>
  answer.trim() === rightAnswer(task.question) ? 1 : 0;
export default reward;
