/** LangChain's runs that are open, by LangChain's ids, grouped by the outermost run that they are in. */
import type { OpenSpan } from "../../ports/tracer.ts";
import type { TraceScope } from "../../recording/trace-scope.ts";
import type { SdkModelCall } from "../model-calls.ts";
import type { PartialAnswer } from "./partial-answer.ts";

/** An outermost run with everything that runs in it. */
export interface RunGroup {
  readonly scope: TraceScope;
  /** Ids of the runs that are open, in the order they began. */
  readonly ids: Set<string>;
}

/** Where a run stands. */
export interface RunPlace {
  readonly group: RunGroup;
  /** True for the outermost run. */
  readonly isRoot: boolean;
  /** The innermost span that the run is in, its own included. */
  readonly span: OpenSpan | undefined;
}

/** The stream of a chain whose code runs. */
export interface ChainStream {
  /** Ids of the chains that began in it and are open. */
  readonly open: Set<string>;
  readonly signal: AbortSignal | undefined;
}

/** What a run records. */
type Recorded =
  | { readonly kind: "chain"; readonly stream: ChainStream | undefined }
  | { readonly kind: "tool"; readonly tool: OpenSpan<"tool"> }
  | {
      readonly kind: "model";
      readonly prompt: OpenSpan<"prompt">;
      readonly call: SdkModelCall;
      /** What came of the answer so far, where it comes as a stream. */
      readonly answer: PartialAnswer | undefined;
      readonly signal: AbortSignal | undefined;
    };

export type Run = RunPlace & Recorded;

export class OpenRuns {
  readonly #runs = new Map<string, Run>();

  /** How many runs are open, for tests. */
  get size(): number {
    return this.#runs.size;
  }

  add(id: string, run: Run): void {
    this.#runs.set(id, run);
    run.group.ids.add(id);
    run.group.scope.seen();
    if (run.kind === "chain") run.stream?.open.add(id);
  }

  get(id: string): Run | undefined {
    return this.#runs.get(id);
  }

  delete(id: string): void {
    const run = this.#runs.get(id);
    if (run === undefined) return;
    const { ids, scope } = run.group;
    this.#runs.delete(id);
    if (run.kind === "chain") run.stream?.open.delete(id);
    ids.delete(id);
    scope.seen();
    if (ids.size === 0) scope.close();
  }

  /** A tool reports when it is done, however long it takes: a person is asked, a machine is trained. */
  hasTool({ ids }: RunGroup): boolean {
    for (const id of ids) if (this.#runs.get(id)?.kind === "tool") return true;
    return false;
  }
}
