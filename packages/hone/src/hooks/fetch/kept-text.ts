/** The beginning of a body as a text, in bounded memory. */
import { TextBudget, type TextShare } from "../../messages/text-budget.ts";

/** Bytes that are kept of response bodies: 8 MiB of one, 64 MiB of all that are under way. */
export const bodyLimits = { each: 8_388_608, all: 67_108_864 };

export const bodyBudget = (): TextBudget => new TextBudget(bodyLimits);

/** A mark of the order of bytes stands at the beginning only. */
const first = new TextDecoder();
const later = new TextDecoder("utf-8", { ignoreBOM: true });

export class KeptText {
  readonly #share: TextShare;
  /** Holds bytes in the middle of a character. */
  #decoder: InstanceType<typeof TextDecoder> | undefined;
  #pieces: string[] = [];
  #isTaken = false;

  constructor(budget: TextBudget) {
    this.#share = budget.open();
  }

  /** True once something did not fit. */
  get isCut(): boolean {
    return this.#share.isCut;
  }

  /** Bytes that were kept. */
  get size(): number {
    return this.#share.size;
  }

  /** Nothing is kept of the bytes themselves, which belong to the app. */
  add(bytes: Uint8Array): void {
    const isFirst = this.#share.size === 0;
    if (this.#share.take(bytes.byteLength)) this.#pieces.push(this.#decoded(bytes, isFirst));
  }

  #decoded(bytes: Uint8Array, isFirst: boolean): string {
    // Where a character ends there is nothing to remember.
    if (this.#decoder === undefined && (bytes.at(-1) ?? 0) < 0x80) {
      return (isFirst ? first : later).decode(bytes);
    }
    this.#decoder ??= new TextDecoder("utf-8", { ignoreBOM: !isFirst });
    return this.#decoder.decode(bytes, { stream: true });
  }

  /** What was kept so far. */
  soFar(): string {
    return this.#pieces.join("");
  }

  /** What was kept, which is forgotten; nothing more is kept. */
  take(): string {
    if (this.#isTaken) return "";
    this.#isTaken = true;
    const text = this.soFar() + (this.#decoder?.decode() ?? "");
    this.#pieces = [];
    this.#share.release();
    return text;
  }
}
