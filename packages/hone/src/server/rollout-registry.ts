/** The rollouts that programs outside may call the model in, by the ids in their addresses. */
import { HoneError } from "../core/errors.ts";
import type { RecordingChatModel } from "../ports/chat-model.ts";
import type { OpenModel } from "./served-models.ts";

/** The name of a model in a request of an agent of a team. */
const agentPattern = /^policy\/(.*\S.*)$/s;

/** How many ids of rollouts that are over are remembered, so that a late call is told so. */
const maxOver = 10_000;

/** The open rollouts of a server. */
export class RolloutRegistry {
  readonly #open = new Map<string, OpenRollout>();
  /** In the order in which they ended. */
  readonly #over = new Set<string>();

  /** How many are open. */
  get count(): number {
    return this.#open.size;
  }

  /**
   * Opens a rollout: calls below /r/<id>/v1 go to this model, which records them. The function that is returned ends it, and
   * with it the calls under way.
   * @param ofAgent  the same model for an agent: calls that name their model "policy/<agent>" go there. Default: agents are not told apart
   */
  open(
    id: string,
    model: RecordingChatModel,
    ofAgent: (agent: string) => RecordingChatModel = () => model,
  ): () => void {
    const stop = new AbortController();
    const named = (name: string): OpenModel => {
      const [, agent] = agentPattern.exec(name) ?? [];
      const answering = agent === undefined ? model : ofAgent(agent);
      return { chat: () => answering };
    };
    this.#open.set(id, { model: named, turns: model, stop });
    return () => {
      if (!this.#open.delete(id)) return;
      this.#over.add(id);
      const [oldest] = this.#over;
      if (this.#over.size > maxOver && oldest !== undefined) this.#over.delete(oldest);
      stop.abort(new HoneError("SERVE_ROLLOUT_OVER", { rollout: id }));
    };
  }

  /** @throws SERVE_ROLLOUT_OVER, SERVE_ROLLOUT_UNKNOWN */
  get(id: string): OpenRollout {
    const found = this.#open.get(id);
    if (found !== undefined) return found;
    const rollout = id.slice(0, 100);
    if (this.#over.has(id)) throw new HoneError("SERVE_ROLLOUT_OVER", { rollout });
    throw new HoneError("SERVE_ROLLOUT_UNKNOWN", { rollout });
  }
}

/** A rollout that may be called. */
export interface OpenRollout {
  /** The model that a request names. */
  readonly model: (name: string) => OpenModel;
  /** What was recorded in it. */
  readonly turns: Pick<RecordingChatModel, "turns">;
  /** Aborts when the rollout is over. */
  readonly stop: AbortController;
}
