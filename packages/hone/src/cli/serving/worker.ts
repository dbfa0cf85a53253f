/** `hone worker`: plays the rollouts of a trainer's queue. */
import { defineCommand } from "../command.ts";
import { threadsOption, wholeNumber } from "../options.ts";

interface Flags {
  readonly queue: string;
  readonly server?: string;
  readonly model?: string;
  readonly weightsFolder?: string;
  readonly concurrency: number;
  readonly lease: number;
  readonly idle?: number;
  readonly name?: string;
  readonly threads?: number;
}

export const command = defineCommand<Flags>({
  examples: [
    "npx hone worker --queue postgres://db.example/runs",
    "npx hone worker --queue sqlite:./hone.db --concurrency 8 --idle 60",
    "npx hone worker --queue https://db.example --server http://gpu:8001",
  ],
  notes: [
    "The trainer puts them there: npx hone train grpo --queue <the same url>.",
    "Each is played with the weights that it names, read from the run folder.",
    "With --server the model's calls are answered there: by a trainer that was given",
    "  --queue-server, or by npx hone serve on the model that training started from,",
    "  with a key, since it is asked to load adapters. The key is HONE_API_KEY.",
    "A worker that is killed loses nothing: its lease runs out, and another worker",
    "  takes the rollout. Ctrl-C hands back what is held.",
  ],
  define: (command) =>
    void command
      .requiredOption("--queue <url>", "the queue: postgres://…, sqlite:<file>, https://…")
      .option("--server <url>", "samples for this worker, which then loads no weights")
      .option("--model <text>", "what training started from; default: the trainer's folder")
      .option("--weights-folder <path>", "where this machine sees <run>/weights, if elsewhere")
      .option("--concurrency <n>", "rollouts at a time", wholeNumber(1), 16)
      .option("--lease <s>", "a lost worker's rollouts are free after this", wholeNumber(1), 30)
      .option("--idle <s>", "end after this time without work; default: never", wholeNumber(1))
      .option("--name <name>", "in the queue; default: machine and process")
      .addOption(threadsOption()),
  run: async ({ flags, terminal, signal }) => {
    const { work } = await import("../../app/workers/work.ts");
    const { shownAddress } = await import("../../core/shown-address.ts");
    const { lease: leaseSeconds, idle, queue, ...settings } = flags;
    const place = shownAddress(queue);
    terminal.tell({ event: "working", queue: place }, `taking rollouts from ${place}; Ctrl-C ends`);
    let isAway = false;
    const warned = new Set<string>();
    const counts = await work({
      ...{ ...settings, queue, leaseSeconds, signal },
      ...(idle !== undefined && { idleSeconds: idle }),
      onChange: ({ ended }, held) => {
        isAway = false;
        terminal.progress({ what: `${ended} rollouts played, ${held} held` });
      },
      onAway: (error) => {
        if (!isAway) terminal.warn(error.message);
        isAway = true;
      },
      // Once for each kind: a worker that cannot play any rollout is told so for as long as it runs.
      onUnready: ({ code, message }) => {
        if (code !== "WORKER_SERVER_AWAY" && !warned.has(code)) terminal.warn(message);
        warned.add(code);
      },
    });
    terminal.clearProgress();
    const { ended, refused, handedBack } = counts;
    terminal.tell(
      { event: "stopped", ...counts },
      `${ended} rollouts played, ${handedBack} handed back, ${refused} refused since their leases had run out`,
    );
  },
});
