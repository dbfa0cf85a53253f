/** Unified trajectories as columns of a Parquet file. */
import type {
  TrajectoryStep,
  TrajectoryTask,
  UnifiedTrajectory,
} from "../../core/unified-trajectory.ts";
import type { ParquetColumn, ParquetColumns } from "../tables/parquet-columns.ts";

type Columns<T> = Readonly<Record<keyof T, ParquetColumn>>;

const step: Columns<TrajectoryStep> = {
  ...{ index: "integer", turn: "integer", kind: "text", tool: "text", name: "text" },
  ...{ callId: "text", arguments: "json", thought: "text", text: "text", observation: "text" },
  ...{ reward: "number", agent: "text", promptTokens: { list: "integer" } },
  ...{ tokens: { list: "integer" }, logProbs: { list: "number" }, weightsVersion: "text" },
  ...{ startedAt: "number", ms: "number" },
};

const task: Columns<TrajectoryTask> = {
  ...{ id: "text", question: "text", instructions: "text", fields: "json" },
};

const outcome: Columns<UnifiedTrajectory["outcome"]> = {
  ...{ status: "text", isSuccess: "flag", error: "text" },
};

const provenance: Columns<UnifiedTrajectory["provenance"]> = {
  ...{ source: "text", agent: "text", model: "text", place: "text" },
};

const columns: Columns<UnifiedTrajectory> = {
  ...{ id: "text", domain: "text", task: { fields: task }, split: "text", tools: "json" },
  steps: { list: { fields: step } },
  ...{ answer: "text", outcome: { fields: outcome }, reward: "number", rewards: "json" },
  provenance: { fields: provenance },
};

/** A key that is missing here does not compile. */
export const trajectoryColumns: ParquetColumns = columns;
