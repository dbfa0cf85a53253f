/** The one budget of text that is kept until something ends: of one answer or body, and of all that are under way. */

/** How much may be kept: characters, or bytes of bodies. */
export interface TextLimits {
  /** The most that one answer or body may keep. */
  readonly each: number;
  /** The most that all answers or bodies under way may keep together. */
  readonly all: number;
}

export class TextBudget {
  readonly limits: TextLimits;
  #used = 0;

  constructor(limits: TextLimits) {
    this.limits = limits;
  }

  /** How much all answers or bodies under way keep now. */
  get used(): number {
    return this.#used;
  }

  /** The part of the budget for one answer or body. */
  open(): TextShare {
    return new TextShare(this);
  }

  /** Reserves room in the budget. @returns false where less room than `size` is left */
  take(size: number): boolean {
    if (this.#used + size > this.limits.all) return false;
    this.#used += size;
    return true;
  }

  giveBack(size: number): void {
    this.#used -= size;
  }
}

/** What one answer or body keeps of a budget. */
export class TextShare {
  readonly #budget: TextBudget;
  #size = 0;
  #isCut = false;
  #isOver = false;

  constructor(budget: TextBudget) {
    this.#budget = budget;
  }

  /** True once something did not fit. */
  get isCut(): boolean {
    return this.#isCut;
  }

  /** How much it has taken, also after its release. */
  get size(): number {
    return this.#size;
  }

  /** @returns false once something did not fit: what follows would be a piece out of the middle; and after the release */
  take(size: number): boolean {
    if (this.#isOver) return false;
    const fits = !this.#isCut && this.#size + size <= this.#budget.limits.each;
    this.#isCut = !fits || !this.#budget.take(size);
    if (!this.#isCut) this.#size += size;
    return !this.#isCut;
  }

  /** Gives back what it took; nothing more is kept. */
  release(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#budget.giveBack(this.#size);
  }
}

/** Characters of models' answers that SDKs stream. A million of one answer are stored at most. */
export const answerBudget = new TextBudget({ each: 4_000_000, all: 64_000_000 });
