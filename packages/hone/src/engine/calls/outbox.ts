/** Messages to another thread, those of one turn of the event loop as one: hundreds of small ones cost milliseconds. */
export class Outbox<Message> {
  readonly #post: (messages: readonly Message[]) => void;
  readonly #refuse: (message: Message, error: unknown) => void;
  #waiting: Message[] = [];

  /** @param refuse told of a message that cannot be copied to the other thread; the others still go */
  constructor(
    post: (messages: readonly Message[]) => void,
    refuse: (message: Message, error: unknown) => void,
  ) {
    this.#post = post;
    this.#refuse = refuse;
  }

  /**
   * Sends it, in order, before the event loop goes on; it is copied only then, so it must not change any more.
   */
  send(message: Message): void {
    if (this.#waiting.push(message) > 1) return;
    // A tick that a promise callback asks for comes after every promise callback of this turn; what those send goes along.
    queueMicrotask(() => process.nextTick(() => this.#flush()));
  }

  /** Sends it, behind what waits, and copies it at once. */
  sendNow(message: Message): void {
    this.#waiting.push(message);
    this.#flush();
  }

  #flush(): void {
    if (this.#waiting.length === 0) return;
    const messages = this.#waiting;
    this.#waiting = [];
    try {
      this.#post(messages);
    } catch {
      for (const message of messages) this.#postAlone(message);
    }
  }

  #postAlone(message: Message): void {
    try {
      this.#post([message]);
    } catch (error) {
      this.#refuse(message, error);
    }
  }
}
