/** The systems by name, each with what it does in at most 58 characters. A file of its own, which help loads without settings. */
export const systemSummaries = {
  math: "Make a model from a seed and teach it to solve equations",
  code: "Teach a model to write functions that hidden tests accept",
  business: "Teach a model to decide in simulated business situations",
  writing: "Teach a model to write short texts for a brief",
  mhqa: "Teach a model to answer questions from documents",
  tau: "Teach a model to serve customers within a policy",
  video: "Teach a model to answer questions about captions",
  team: "Teach a team to agree: its traces, rewards, and GRPO",
  multimodal: "Teach an agent to answer with text and the right images",
  swe: "Teach a model to repair repositories whose tests fail",
  trajectories: "Five agents: trajectories, rewards, SFT, and PPO",
  meetings: "Learn to predict meetings: SFT, an agent's traces, DPO",
} as const;

/** See `systems`. */
export type SystemName = keyof typeof systemSummaries;

/** In the order in which help lists them. */
export const systemNames = Object.keys(systemSummaries) as readonly SystemName[];
