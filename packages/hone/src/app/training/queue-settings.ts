/** The settings of rollouts that workers play. Where rollouts are played changes no result, so a run does not record them. */
import { z } from "zod";
import { HoneError } from "../../core/errors.ts";
import { listenAddress, listenAddressForm } from "../workers/listen-address.ts";
import type { QueueOptions } from "../workers/queued-rollouts.ts";
import { settingKinds, type SettingsOf, type SettingsTable } from "./setting-kinds.ts";

const { optional } = settingKinds;

const isListenAddress = (text: string): boolean => listenAddress(text) !== undefined;

export const queueSettings = {
  queue: {
    ...optional(z.string().min(1), {
      kind: "text",
      help: "let workers play the rollouts: a store",
      byDefault: "this process",
    }),
    placeholder: "url",
  },
  queueStaleness: {
    ...optional(z.int().min(0), {
      kind: "number",
      help: "updates that rollouts left there may lag",
      byDefault: "0",
    }),
    onlyWith: "queue",
  },
  queueServer: {
    ...optional(z.string().refine(isListenAddress, { error: `expected ${listenAddressForm}` }), {
      kind: "text",
      help: "answer workers' model calls here, host:port",
      byDefault: "workers load weights",
    }),
    placeholder: "address",
    onlyWith: "queue",
  },
} as const satisfies SettingsTable;

/** Their values; absent where rollouts are played in this process. */
export type QueueSettings = Partial<SettingsOf<typeof queueSettings>>;

/** The queue that the settings name. @throws QUEUE_NOT_POSSIBLE where workers do not know how the tasks are played */
export function queueOf(
  { queue: url, queueStaleness: maxStaleness = 0, queueServer: address }: QueueSettings,
  play: QueueOptions["play"] | undefined,
): QueueOptions | undefined {
  if (url === undefined) return undefined;
  const server = address === undefined ? undefined : listenAddress(address);
  if (play !== undefined) return { url, maxStaleness, server, play };
  throw new HoneError("QUEUE_NOT_POSSIBLE", { reason: "its tasks are those of no domain" });
}

/** The settings that a run records. */
export function withoutQueue<Settings extends QueueSettings>(
  settings: Settings,
): Omit<Settings, keyof QueueSettings> {
  const { queue: _queue, queueStaleness: _staleness, queueServer: _server, ...others } = settings;
  return others;
}
