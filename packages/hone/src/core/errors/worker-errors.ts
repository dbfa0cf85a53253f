/** Errors of rollouts that workers play from a queue. */
import type { OptionNaming } from "../option-naming.ts";

export const workerErrors = {
  QUEUE_NOT_POSSIBLE: (f: { reason: string }, option: OptionNaming) => ({
    what: `The rollouts of this run cannot be put into a queue: ${f.reason}.`,
    fix: `Leave ${option("queue")} out to play them in this process. Workers play the tasks of a domain with its own reward.`,
  }),
  WORKER_VERSION_DIFFERS: (f: { found: string; own: string }) => ({
    what: `A rollout in the queue is of version ${f.found} of hone, and this worker is of ${f.own}.`,
    fix: "Install the trainer's version of hone-rl on this machine. The rollout was handed back.",
  }),
  WORKER_JOB_INVALID: (f: { problem: string }) => ({
    what: `A rollout in the queue cannot be read: ${f.problem}.`,
    fix: "Another program than a trainer of this version wrote it; it counts as failed, and the worker goes on.",
  }),
  WORKER_TOKENIZER_DIFFERS: (
    f: { model: string; found: string; wanted: string },
    option: OptionNaming,
  ) => ({
    what: `The tokenizer of ${f.model} (${f.found}) is not that of the model that is trained (${f.wanted}).`,
    fix: `Give with ${option("model")} the model that the trainer started from. The rollout was handed back.`,
  }),
  WORKER_MODEL_MISSING: (f: { model: string; reason: string }, option: OptionNaming) => ({
    what: `The model that is trained lies at ${f.model} for its trainer, and this worker cannot open it there: ${f.reason}.`,
    fix: `Say with ${option("model")} where this machine has the same model. The rollout was handed back.`,
  }),
  WORKER_DOMAIN_DIFFERS: (f: { domain: string; reason: string }) => ({
    what: `The domain ${f.domain} is not that of the trainer: ${f.reason}.`,
    fix: "Put the trainer's file at the same path on this machine. The rollout was handed back.",
  }),
  WORKER_PROGRAM_MISSING: (f: { name: string; known: string }) => ({
    what: `A rollout in the queue is of the program "${f.name}", and this worker has the agents of ${f.known}.`,
    fix: "Start a program that calls work({ queue, programs }) with the agent and the reward that train() was given, under the run's `name`. The rollout was handed back.",
  }),
  WORKER_WEIGHTS_MISSING: (f: { folder: string; reason: string }, option: OptionNaming) => ({
    what: `The weights of a rollout cannot be read from ${f.folder}: ${f.reason}.`,
    fix: `Workers read them from the run folder: share it between the machines, and say with ${option("weightsFolder")} where this one sees its folder weights/. The rollout was handed back.`,
  }),
  WORKER_SERVER_AWAY: (f: { server: string; reason: string }, option: OptionNaming) => ({
    what: `The server that answers the model's calls, ${f.server}, cannot be reached: ${f.reason}.`,
    fix: `It is waited for, and rollouts under way were handed back. A trainer answers there with ${option("queueServer")}, or \`npx hone serve\` does.`,
  }),
  WORKER_SERVER_REFUSED: (f: { server: string; reason: string }, option: OptionNaming) => ({
    what: `${f.server} does not answer the model's calls of a worker: ${f.reason}.`,
    fix: `Give the address of the trainer's ${option("queueServer")}, or of \`npx hone serve\`, and its key in HONE_API_KEY. The rollout was handed back.`,
  }),
  WORKER_SERVER_FAILED: (f: { server: string; reason: string }) => ({
    what: `${f.server} failed to answer a worker: ${f.reason}.`,
    fix: "Look at the server's own output. The rollout goes back, and fails itself after ten such attempts.",
  }),
  WORKER_SERVER_WEIGHTS: (f: {
    server: string;
    wanted: string;
    found: string;
    reason?: string;
  }) => ({
    what: `${f.server} does not have the weights ${f.wanted} that a rollout names; it has ${f.found}.${f.reason === undefined ? "" : ` Asked to load them it answered: ${f.reason}`}`,
    fix: "A trainer has those of its own steps; its rollouts of other steps, and of other trainers, are for other workers. The rollout was handed back.",
  }),
} as const;
