/** Keeps the beginning of a response body as text, within a budget. */
import { TextBudget, type TextShare } from "../../messages/text-budget.ts";

/** Bytes that are kept of response bodies: 8 MiB of one, 64 MiB of all that are under way. */
export const bodyLimits = { each: 8_388_608, all: 67_108_864 };

/** A budget for the bodies of one fetch tap. */
export const bodyBudget = (): TextBudget => new TextBudget(bodyLimits);

/** Only at the beginning of a body is U+FEFF a byte order mark, which is no part of the text. */
const firstDecoder = new TextDecoder();
const laterDecoder = new TextDecoder("utf-8", { ignoreBOM: true });

export class KeptText {
  readonly #share: TextShare;
  /** Present once a chunk ended within a character, whose first bytes it remembers. */
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

  /** Decodes a chunk at once: its bytes belong to the app, which may reuse them. */
  add(bytes: Uint8Array): void {
    const isFirst = this.#share.size === 0;
    if (this.#share.take(bytes.byteLength)) this.#pieces.push(this.#decoded(bytes, isFirst));
  }

  #decoded(bytes: Uint8Array, isFirst: boolean): string {
    // A chunk that ends with an ASCII character cuts no letter in two, so that no decoder has to be kept for the next one.
    if (this.#decoder === undefined && (bytes.at(-1) ?? 0) < 0x80) {
      return (isFirst ? firstDecoder : laterDecoder).decode(bytes);
    }
    this.#decoder ??= new TextDecoder("utf-8", { ignoreBOM: !isFirst });
    return this.#decoder.decode(bytes, { stream: true });
  }

  /** The text that was kept so far. */
  soFar(): string {
    return this.#pieces.join("");
  }

  /** Returns the text that was kept and gives back its part of the budget; later chunks are ignored. */
  take(): string {
    if (this.#isTaken) return "";
    this.#isTaken = true;
    const text = this.soFar() + (this.#decoder?.decode() ?? "");
    this.#pieces = [];
    this.#share.release();
    return text;
  }
}
