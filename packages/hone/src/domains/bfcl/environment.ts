/** The environment of BFCL's tasks: the functions and the question are read, and one reply ends the episode. */
import { afterTheEnd, episodeEnd } from "../../environments/episode-end.ts";
import type { BfclMessage, BfclTask } from "../../data/bfcl/bfcl-task.ts";
import type { SynchronousEnvironment } from "../../ports/environment.ts";
import { callsIn } from "./calls.ts";
import { isRight } from "./rule.ts";

/** The reward of an action that is no reply. */
const INVALID_COST = -0.05;

/**
 * A new environment, for one episode at a time. Its only action is "reply", with the text of the reply as its argument.
 * @example await runEpisode(bfclEnvironment(), task, agent);
 */
export function bfclEnvironment(): SynchronousEnvironment<BfclTask> {
  const end = episodeEnd("bfclEnvironment", 1);
  let current: BfclTask | undefined;
  return {
    reset(task) {
      current = task;
      end.begin();
      return observationOf(task);
    },
    validActions: () => (end.isOver() ? [] : ["reply"]),
    step({ name, argument = "" }) {
      if (current === undefined || end.isOver()) return afterTheEnd;
      if (name !== "reply")
        return end.result({ observation: "invalid", reward: INVALID_COST, isValid: false });
      const isSuccess = isRight(current, callsIn(argument));
      const observation = isSuccess ? "right" : "wrong";
      return end.result({ observation, reward: isSuccess ? 1 : 0, isEnd: true, isSuccess });
    },
  };
}

/** The functions, one a line, and what was said. */
function observationOf({ functions, messages }: BfclTask): string {
  const offered = functions.map((one) => JSON.stringify(one));
  return `Functions:\n${offered.join("\n")}\n\n${saidText(messages)}`;
}

/** A question alone as it is; of a conversation who said what. */
const saidText = (messages: readonly BfclMessage[]): string =>
  messages.length === 1
    ? messages[0]!.content
    : messages.map(({ role, content }) => `${role}: ${content}`).join("\n");
