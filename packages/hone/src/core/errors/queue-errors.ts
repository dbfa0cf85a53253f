/** Errors of queues of traces that people judge, and of trainings and chats that the dashboard starts. */
import type { OptionNaming } from "../option-naming.ts";

export const queueErrors = {
  QUEUE_NOT_FOUND: (f: { name: string; folder: string; known: readonly string[] }) => ({
    what: `There is no queue ${JSON.stringify(f.name)} in ${f.folder}.`,
    fix:
      f.known.length === 0
        ? "Make one: `npx hone queues make <name>`."
        : `There are: ${f.known.join(", ")}. \`npx hone queues make <name>\` makes another.`,
  }),
  QUEUE_EXISTS: (f: { name: string; folder: string }) => ({
    what: `There is a queue ${JSON.stringify(f.name)} in ${f.folder} already.`,
    fix: "Give the new one another name. To remove a queue, delete its folder: what people said stays in the traces.",
  }),
  QUEUE_EMPTY: (f: { store: string; kind: string; needs: string }) => ({
    what: `No item for a queue of the kind ${f.kind} was found in ${f.store}: it needs ${f.needs}.`,
    fix: "Choose other conditions, or another kind; `npx hone traces list` with the same conditions shows the traces.",
  }),
  QUEUE_ITEM_UNKNOWN: (f: { name: string; item: number; problem: string }) => ({
    what: `The item ${f.item} of the queue ${f.name} cannot be judged: ${f.problem}.`,
    fix: "Ask for the next item.",
  }),
  QUEUE_ANSWER_INVALID: (f: { kind: string; problem: string }) => ({
    what: `The answer does not fit a queue of the kind ${f.kind}: ${f.problem}.`,
    fix: "A rating is a whole number from 1 to 5, thumbs are 0 or 1, a comparison is left, right or tie, and a correction is a text.",
  }),
  QUEUE_TOO_FEW: (f: { name: string; training: string; problem: string }) => ({
    what: `The queue ${f.name} gives nothing for ${f.training} to learn from yet: ${f.problem}.`,
    fix: "Judge more of it first; `npx hone queues show <name>` shows how far it is.",
  }),
  UI_STORE_MISSING: (_: Readonly<Record<string, never>>) => ({
    what: "The dashboard was started without a store of traces, so there is nothing to judge.",
    fix: "Start it with one: `npx hone ui --store sqlite:./hone.db`.",
  }),
  UI_TRAINING_OFF: (_: Readonly<Record<string, never>>, option: OptionNaming) => ({
    what: "This dashboard starts no trainings.",
    fix: `Start it with ${option("allowTraining")}, or run the command that the page shows.`,
  }),
  UI_TRAINING_BUSY: (f: { run: string }) => ({
    what: `A training that the dashboard started still runs: ${f.run}.`,
    fix: "Wait for its end, or stop it on the page.",
  }),
  UI_CHAT_OFF: (_: Readonly<Record<string, never>>, option: OptionNaming) => ({
    what: "This dashboard loads no models to chat with.",
    fix: `Start it with ${option("allowChat")}, or run the command that the page shows.`,
  }),
  UI_CHAT_BUSY: (f: { model: string }) => ({
    what: `The dashboard loads one model at a time, and ${f.model} is answering just now.`,
    fix: "Wait for the end of that reply, or stop it.",
  }),
  UI_CHAT_ENDED: (f: { model: string; problem: string }) => ({
    what: `The process of the model ${f.model} ended (${f.problem}).`,
    fix: "Send the message again, which loads it anew. A model that is larger than the free memory ends like this; `npx hone doctor` says how much there is.",
  }),
} as const;
