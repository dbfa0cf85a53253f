/** Posts messages to another thread, all of one turn of the event loop together: hundreds of small posts cost milliseconds. */
export class Outbox<Message> {
  readonly #post: (messages: readonly Message[]) => void;
  readonly #refuse: (message: Message, error: unknown) => void;
  #waiting: Message[] = [];

  /** @param refuse  called with a message that cannot be copied to the other thread; the others are still posted */
  constructor(
    post: (messages: readonly Message[]) => void,
    refuse: (message: Message, error: unknown) => void,
  ) {
    this.#post = post;
    this.#refuse = refuse;
  }

  /**
   * Posts a message, in order, at the end of this turn of the event loop. It is copied only then, so it must not change.
   */
  send(message: Message): void {
    if (this.#waiting.push(message) > 1) return;
    // A tick asked for in a microtask runs after all microtasks of this turn, so that their messages are posted together.
    queueMicrotask(() => process.nextTick(() => this.#flush()));
  }

  /** Posts a message now, after those that wait, and so copies it at once. */
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
