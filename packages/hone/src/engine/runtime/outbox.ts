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

  /** Sends it, in order, before the event loop goes on. */
  send(message: Message): void {
    // Ticks come after every promise callback of this turn, so what those send goes along.
    if (this.#waiting.push(message) === 1) process.nextTick(() => this.#flush());
  }

  #flush(): void {
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
