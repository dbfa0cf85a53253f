/**
 * The tokens that top-k, top-p and min-p left to be drawn, one short text for each sampled token. Training renormalises over the
 * same tokens, so that it compares the distributions that were really drawn from.
 *
 * A text is base64url of bytes: a number n (7 bits a byte, lowest first, the high bit set on all but its last byte), then
 *
 *     n even   n/2 ids in ascending order, each as its distance from the one before (the first from −1) less 1, written as n is
 *     n odd    (n − 1)/2 bytes, in which bit i, lowest first, is set where id i is kept
 *
 * whichever is shorter, so a set takes at most V/8 + 3 bytes, and one of k ids at most 3·k + 3.
 *
 * @source DeepSeek-AI 2025, DeepSeek-V3.2 (arXiv:2512.02556), §3.1, "Keep Sampling Mask", for keeping these sets for training
 */

/**
 * Whether top-k, top-p or min-p cut the distribution that is drawn from. At temperature 0 nothing is drawn, so nothing is cut.
 * @example cutsSampling({ topP: 0.9 }) // true
 */
export const cutsSampling = ({
  temperature = 1,
  topK = 0,
  topP = 1,
  minP = 0,
}: {
  readonly temperature?: number;
  readonly topK?: number;
  readonly topP?: number;
  readonly minP?: number;
}): boolean => temperature > 0 && (topK > 0 || topP < 1 || minP > 0);

/** The set of one sampled token, made by `packKept`; the empty text where nothing was cut, so that all tokens could be drawn. */
export type KeptSet = string;

/**
 * A set of token ids as a text.
 * @param ids  ascending, each once, at least one
 * @example packKept(Int32Array.of(3, 5)) // "BAMB"
 */
export function packKept(ids: Int32Array): KeptSet {
  const list: number[] = [];
  writeNumber(2 * ids.length, list);
  const maskBytes = (ids.at(-1)! >> 3) + 1;
  let before = -1;
  for (const id of ids) {
    writeNumber(id - before - 1, list);
    before = id;
    if (list.length > maskBytes + 3) return packedMask(ids, maskBytes);
  }
  return Buffer.from(list).toString("base64url");
}

function packedMask(ids: Int32Array, maskBytes: number): KeptSet {
  const head: number[] = [];
  writeNumber(2 * maskBytes + 1, head);
  const bytes = Buffer.alloc(head.length + maskBytes);
  bytes.set(head);
  for (const id of ids) bytes[head.length + (id >> 3)]! |= 1 << (id & 7);
  return bytes.toString("base64url");
}

function writeNumber(number: number, into: number[]): void {
  let rest = number;
  for (; rest >= 128; rest >>= 7) into.push((rest & 127) | 128);
  into.push(rest);
}

/**
 * Writes 1 for the ids of a set and 0 for all others.
 * @param into  [V], one number for each token of the vocabulary
 * @returns false where the text is none that `packKept` makes, or holds an id from V on
 * @example writeKept("BAMB", new Uint8Array(6)) // writes 0 0 0 1 0 1
 */
export function writeKept(kept: KeptSet, into: Uint8Array): boolean {
  into.fill(0);
  return readKept(kept, (id) => {
    into[id] = 1;
    return id < into.length;
  });
}

/** The ids of a set, ascending; undefined for a text that `packKept` does not make. */
export function keptIds(kept: KeptSet): number[] | undefined {
  const ids: number[] = [];
  return readKept(kept, (id) => ids.push(id) > 0) ? ids : undefined;
}

/** Whether a text has the form of a set, or says that nothing was cut. */
export const isKeptSet = (kept: KeptSet): boolean => kept === "" || readKept(kept, () => true);

/** Hands over each id of a set until `take` returns false. @returns whether the whole text was read */
function readKept(kept: KeptSet, take: (id: number) => boolean): boolean {
  if (!/^[A-Za-z0-9_-]+$/.test(kept)) return false;
  const bytes = Buffer.from(kept, "base64url");
  const head = numberAt(bytes, 0);
  if (head === undefined) return false;
  let at = head.end;
  if (head.number % 2 === 1) {
    if (bytes.length - at !== (head.number - 1) / 2) return false;
    for (let id = 0; id < 8 * (bytes.length - at); id++)
      if ((bytes[at + (id >> 3)]! >> (id & 7)) & 1 && !take(id)) return false;
    return true;
  }
  let id = -1;
  for (let i = 0; i < head.number / 2; i++) {
    const step = numberAt(bytes, at);
    if (step === undefined) return false;
    at = step.end;
    id += step.number + 1;
    if (!take(id)) return false;
  }
  return at === bytes.length && id >= 0;
}

function numberAt(
  bytes: Uint8Array,
  start: number,
): { readonly number: number; readonly end: number } | undefined {
  let number = 0;
  for (let at = start, scale = 1; at < bytes.length && at < start + 5; at++, scale *= 128) {
    number += (bytes[at]! & 127) * scale;
    if (bytes[at]! < 128) return { number, end: at + 1 };
  }
  return undefined;
}
