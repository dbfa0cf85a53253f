/** The modes of `hone train all`, apart from what runs them, so that help loads no engine. */

/** Which models are trained. */
export const pipelineModes = ["both", "sft", "rl"] as const;

/** See `pipelineModes`. */
export type PipelineMode = (typeof pipelineModes)[number];
