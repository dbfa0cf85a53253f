/** The tokens of a template, read one after another. */
import type { Token } from "./lexer.ts";
import { TemplateFault } from "./faults.ts";

export class TokenStream {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  get current(): Token {
    return this.#tokens[this.#at]!;
  }

  /** The token behind the current one. */
  get following(): Token {
    return this.#tokens[this.#at + 1] ?? this.current;
  }

  next(): Token {
    const token = this.current;
    if (token.kind !== "end") this.#at++;
    return token;
  }

  isOperator(...texts: readonly string[]): boolean {
    return this.current.kind === "operator" && texts.includes(this.current.text);
  }

  isName(...texts: readonly string[]): boolean {
    return this.current.kind === "name" && texts.includes(this.current.text);
  }

  /** Goes on where the current token is the operator or the word. */
  skip(text: string): boolean {
    const isIt = this.isOperator(text) || this.isName(text);
    if (isIt) this.#at++;
    return isIt;
  }

  expect(kind: Token["kind"], text?: string): Token {
    const { current } = this;
    if (current.kind === kind && (text === undefined || current.text === text)) return this.next();
    throw this.fault(
      `expected ${text === undefined ? kind.replace("_", " ") : `'${text}'`}, got ${this.described()}`,
    );
  }

  described(): string {
    const { kind, text } = this.current;
    return kind === "end"
      ? "the end of the template"
      : text === ""
        ? kind.replace("_", " ")
        : `'${text}'`;
  }

  fault(problem: string): TemplateFault {
    return new TemplateFault(`${problem} (line ${this.current.line})`);
  }
}
