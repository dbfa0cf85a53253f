import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { HoneError } from "../core/errors.ts";
import type { Message } from "../core/message.ts";
import type { ChatModel } from "../ports/chat-model.ts";
import type {
  ActionEnvironment,
  StepResult,
  SynchronousEnvironment,
} from "../ports/environment.ts";
import { conversationOf } from "./chat-format.ts";
import { environmentAgent } from "./environment-agent.ts";
import { environmentContract } from "../testing/environment-contract.ts";
import { runEpisode } from "./run-episode.ts";

/** Count down to 0 with "down"; anything else costs 1. */
class Countdown implements SynchronousEnvironment {
  #left = 0;
  reset(): string {
    this.#left = 2;
    return "2";
  }
  validActions(): readonly string[] {
    return this.#left > 0 ? ["down"] : [];
  }
  step({ name }: { name: string }): StepResult {
    if (this.#left === 0) return this.#result(0);
    if (name === "down") this.#left -= 1;
    return this.#result(name === "down" ? 1 : -1);
  }
  #result(reward: number): StepResult {
    const isSuccess = this.#left === 0;
    const observation = reward < 0 ? `no: ${this.#left}` : `${this.#left}`;
    return { observation, reward, terminated: isSuccess, truncated: false, info: { isSuccess } };
  }
}

const task = { id: "t" };

/** Says these lines one after the other, and keeps what it was asked. */
function saying(lines: readonly string[]): ChatModel & { asked: (readonly Message[])[] } {
  const asked: (readonly Message[])[] = [];
  return {
    asked,
    chat: async (messages) => {
      asked.push(messages);
      return { role: "assistant", content: lines[asked.length - 1] ?? "silence" };
    },
  };
}

const context = (model: ChatModel) => ({ model, signal: new AbortController().signal, seed: 1 });

describe("the contract suite", () => {
  environmentContract(it, {
    create: () => new Countdown(),
    tasks: [task],
    expert: () => ({ selectAction: () => ({ name: "down" }) }),
  });

  it("finds an environment that throws at an unknown action", async () => {
    class Throwing extends Countdown {
      override step(action: { name: string }): StepResult {
        if (action.name !== "down") throw new Error("unknown");
        return super.step(action);
      }
    }
    const failed: string[] = [];
    const bodies: Promise<void>[] = [];
    const run = (name: string, body: () => void | Promise<void>): void => {
      const fail = (): void => void failed.push(name);
      bodies.push(Promise.resolve().then(body).catch(fail));
    };
    const expert = () => ({ selectAction: () => ({ name: "down" }) });
    environmentContract(run, { create: () => new Throwing(), tasks: [task], expert });
    await Promise.all(bodies);
    expect(failed).toContain("answers an action it does not know with a cost, and does not throw");
  });
});

/** The same, which answers a while after it was asked. */
function slowCountdown(): ActionEnvironment {
  const inner = new Countdown();
  const later = async <Value>(value: () => Value): Promise<Value> => {
    await setImmediate();
    return value();
  };
  return {
    reset: () => later(() => inner.reset()),
    validActions: () => inner.validActions(),
    step: (action) => later(() => inner.step(action)),
  };
}

describe("an environment that answers later", () => {
  environmentContract(it, {
    create: slowCountdown,
    tasks: [task],
    expert: () => ({ selectAction: () => ({ name: "down" }) }),
  });

  it("gives the same episode as one that answers at once", async () => {
    const play = (create: () => ActionEnvironment) =>
      environmentAgent(create)(task, context(saying(["down", "up", "down"])));
    expect(await play(slowCountdown)).toEqual(await play(() => new Countdown()));
  });

  it("has what it rejects with, and what it resolves to, attributed to it", async () => {
    const down = { selectAction: () => ({ name: "down" }) };
    const rejecting: ActionEnvironment = {
      ...slowCountdown(),
      step: () => Promise.reject(new TypeError("lost the count")),
    };
    await expect(runEpisode(rejecting, task, down)).rejects.toThrow(
      /ENVIRONMENT_FAILED.*step "down".*lost the count/,
    );
    const wrong: object = { ...slowCountdown(), reset: () => Promise.resolve(7) };
    await expect(runEpisode(wrong as ActionEnvironment, task, down)).rejects.toThrow(
      /ENVIRONMENT_FAILED.*reset: the observation is 7; it must be a text/,
    );
  });
});

describe("an environment's agent", () => {
  it("plays an episode by chat: each observation is a user message, each reply an action", async () => {
    const model = saying(["down", "down"]);
    const episode = await environmentAgent(() => new Countdown())(task, context(model));
    expect(episode).toMatchObject({ totalReward: 2, isSuccess: true, terminated: true });
    expect(model.asked.at(-1)!.map(({ content }) => content)).toEqual(["2", "down", "1"]);
  });

  it("makes an unreadable reply cost and be seen, and plays on", async () => {
    const model = saying(["Well, let me think.", "down", "down"]);
    const episode = await environmentAgent(() => new Countdown())(task, context(model));
    expect(episode.steps.map(({ action, reward }) => [action.name, reward])).toEqual([
      ["malformed", -1],
      ["down", 1],
      ["down", 1],
    ]);
    expect(model.asked[1]!.map(({ content }) => content)).toEqual([
      "2",
      "Well, let me think.",
      "no: 2",
    ]);
  });

  it("hears the very messages that supervised learning shows for the same episode", async () => {
    const format = { system: "Count down.", observe: (text: string) => `now ${text}` };
    const model = saying(["down", "up", "down"]);
    const episode = await environmentAgent(() => new Countdown(), { format })(task, context(model));
    const heard = [...model.asked.at(-1)!, { role: "assistant", content: "down" }];
    expect(conversationOf(episode, format)).toEqual(heard);
  });

  it("cuts an episode off after maxActions", async () => {
    const agent = environmentAgent(() => new Countdown(), { maxActions: 3 });
    const episode = await agent(task, context(saying([])));
    expect(episode).toMatchObject({ totalReward: -3, truncated: true, terminated: false });
    const misspelt: object = { maxactions: 3 };
    expect(() => environmentAgent(() => new Countdown(), misspelt)).toThrow(/mean maxActions\?/);
    expect(() => environmentAgent(() => new Countdown(), { maxActions: 0 })).toThrow(
      /OPTION_INVALID/,
    );
  });
});

describe("an episode", () => {
  const down = { selectAction: () => ({ name: "down" }) };

  it("cuts an episode off where the model's context is full, but not before the first action", async () => {
    const full = new HoneError("PROMPT_TOO_LONG", { promptTokens: 9, contextLength: 8 });
    const readsAtMost = (most: number): ChatModel => ({
      chat: async (messages) => {
        if (messages.length > most) throw full;
        return { role: "assistant", content: "up" };
      },
    });
    const agent = environmentAgent(() => new Countdown());
    const episode = await agent(task, context(readsAtMost(3)));
    expect(episode).toMatchObject({ truncated: true, terminated: false, isSuccess: false });
    expect(episode.steps.map(({ reward }) => reward)).toEqual([-1, -1]);
    await expect(agent(task, context(readsAtMost(0)))).rejects.toThrow(full);
  });

  it("attributes what the environment throws to the environment", async () => {
    const broken = new Countdown();
    broken.step = () => {
      throw new TypeError("lost the count");
    };
    await expect(runEpisode(broken, task, down)).rejects.toThrow(
      /ENVIRONMENT_FAILED.*step "down".*lost the count/,
    );
    broken.reset = () => {
      throw new HoneError("EQUATION_INVALID", { equation: "y", problem: "no x" });
    };
    await expect(runEpisode(broken, task, down)).rejects.toThrow(/^EQUATION_INVALID/);
  });

  it("stops between two steps when its signal aborts", async () => {
    const stop = new AbortController();
    const agent = {
      selectAction: () => {
        stop.abort();
        return { name: "down" };
      },
    };
    await expect(runEpisode(new Countdown(), task, agent, { signal: stop.signal })).rejects.toThrow(
      /CANCELLED/,
    );
  });
});

it("gives the signal of an episode to the environment, which may wait for something", async () => {
  const given: (AbortSignal | undefined)[] = [];
  const stop = new AbortController();
  const waiting: ActionEnvironment = {
    reset: (_task, _seed, signal) => {
      given.push(signal);
      return "ready";
    },
    validActions: () => ["wait"],
    step: (_action, signal) => {
      given.push(signal);
      setTimeout(() => stop.abort(new Error("out of time")), 1);
      return new Promise((_, reject) => {
        signal?.addEventListener("abort", () => reject(signal.reason as Error));
      });
    },
  };
  const agent = { selectAction: () => ({ name: "wait" }) };
  const episode = runEpisode(waiting, task, agent, { signal: stop.signal });
  await expect(episode).rejects.toThrow(/ENVIRONMENT_FAILED.*out of time/);
  expect(given).toEqual([stop.signal, stop.signal]);
});

describe("the metrics of an episode", () => {
  it("count its actions, the share that was valid, and whether it ended by its own rules", async () => {
    const kept: Record<string, number>[] = [];
    const played = async (lines: readonly string[], maxActions: number): Promise<void> => {
      const agent = environmentAgent(() => new Countdown(), { maxActions });
      const addMetrics = (metrics: Readonly<Record<string, number>>): void =>
        void kept.push({ ...metrics });
      await agent(task, { ...context(saying(lines)), addMetrics });
    };
    await played(["Well, let me think.", "up", "down", "down"], 9);
    await played(["down"], 1);
    expect(kept).toEqual([
      { actions: 4, structure_score: 0.5, completion_rate: 1 },
      { actions: 1, structure_score: 1, completion_rate: 0 },
    ]);
  });
});
