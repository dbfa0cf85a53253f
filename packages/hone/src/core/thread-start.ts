/** How hone's own threads are started, whatever flags the app was started with. */

/** The options of a thread that decide which flags of Node it starts with. */
export interface ThreadStart {
  readonly execArgv: string[];
  readonly env: NodeJS.ProcessEnv;
}

/** Flags that say where packages are found, which a thread of hone needs as much as the app. */
const findsPackages = new Set(["--preserve-symlinks"]);

/**
 * The flags and the environment of a thread of hone. A thread does not take over the app's flags: Node refuses a thread with
 * many of them (`--max-old-space-size`, `--expose-gc`), `--input-type` would make its file a program given as text, and what
 * `--import` and `--require` load was written for the app's main thread. NODE_OPTIONS is left out for the same reason.
 * Yarn's Plug'n'Play is the exception: there packages are found only by what NODE_OPTIONS loads.
 *
 * @example new Worker(url, { ...threadStart(), workerData });
 */
export function threadStart(): ThreadStart {
  const { NODE_OPTIONS: options, ...rest } = process.env;
  const needsOptions = process.versions["pnp"] !== undefined && options !== undefined;
  return {
    execArgv: process.execArgv.filter((flag) => findsPackages.has(flag)),
    env: needsOptions ? { ...rest, NODE_OPTIONS: options } : rest,
  };
}
