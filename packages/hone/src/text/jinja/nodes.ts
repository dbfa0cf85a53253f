/** The tree of a template, as jinja2's parser makes it. */
import type { Arithmetic } from "./operators.ts";
import type { Value } from "./values.ts";

/** Arguments as they are written. */
export interface Arguments {
  readonly args: readonly Expression[];
  readonly kwargs: readonly (readonly [name: string, value: Expression])[];
  /** The list behind `*`. */
  readonly spread: Expression | undefined;
  /** The dict behind `**`. */
  readonly spreadNamed: Expression | undefined;
}

/** How two values are compared. */
export type Comparison = "eq" | "ne" | "lt" | "lteq" | "gt" | "gteq" | "in" | "notin";

/** What has a value. */
export type Expression =
  | { readonly kind: "constant"; readonly value: Value }
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "list" | "tuple"; readonly items: readonly Expression[] }
  | { readonly kind: "dict"; readonly entries: readonly (readonly [Expression, Expression])[] }
  | { readonly kind: "attribute"; readonly of: Expression; readonly name: string }
  | { readonly kind: "item"; readonly of: Expression; readonly key: Expression }
  | {
      readonly kind: "slice";
      readonly of: Expression;
      readonly bounds: readonly (Expression | undefined)[];
    }
  | { readonly kind: "call"; readonly of: Expression; readonly given: Arguments }
  | {
      readonly kind: "filter";
      readonly of: Expression | undefined;
      readonly name: string;
      readonly given: Arguments;
    }
  | {
      readonly kind: "test";
      readonly of: Expression;
      readonly name: string;
      readonly given: Arguments;
    }
  | {
      readonly kind: "arithmetic";
      readonly operator: Arithmetic;
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly kind: "concatenation"; readonly items: readonly Expression[] }
  | {
      readonly kind: "comparison";
      readonly first: Expression;
      readonly rest: readonly (readonly [Comparison, Expression])[];
    }
  | { readonly kind: "and" | "or"; readonly left: Expression; readonly right: Expression }
  | { readonly kind: "not" | "-" | "+"; readonly of: Expression }
  | {
      readonly kind: "condition";
      readonly test: Expression;
      readonly then: Expression;
      readonly otherwise: Expression | undefined;
    };

/** What can be assigned to. */
export type Target =
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "namespace"; readonly name: string; readonly attribute: string }
  | { readonly kind: "tuple"; readonly items: readonly Target[] };

/** A macro's or a call block's parameters and body. */
export interface MacroBody {
  readonly name: string | undefined;
  readonly parameters: readonly string[];
  /** Of the last parameters. */
  readonly defaults: readonly Expression[];
  readonly body: readonly Statement[];
}

/** What writes text, sets names or decides. */
export type Statement = { readonly line: number } & (
  | { readonly kind: "data"; readonly text: string }
  | { readonly kind: "print"; readonly value: Expression }
  | {
      readonly kind: "if";
      readonly test: Expression;
      readonly body: readonly Statement[];
      readonly otherwise: readonly Statement[];
    }
  | {
      readonly kind: "for";
      readonly target: Target;
      readonly of: Expression;
      readonly test: Expression | undefined;
      readonly isRecursive: boolean;
      readonly body: readonly Statement[];
      readonly otherwise: readonly Statement[];
    }
  | { readonly kind: "set"; readonly target: Target; readonly value: Expression }
  | {
      readonly kind: "setBlock";
      readonly target: Target;
      readonly filter: Expression | undefined;
      readonly body: readonly Statement[];
    }
  | {
      readonly kind: "with";
      readonly targets: readonly Target[];
      readonly values: readonly Expression[];
      readonly body: readonly Statement[];
    }
  | { readonly kind: "macro"; readonly macro: MacroBody }
  | {
      readonly kind: "callBlock";
      readonly call: Expression & { kind: "call" };
      readonly caller: MacroBody;
    }
  | {
      readonly kind: "filterBlock";
      readonly filter: Expression;
      readonly body: readonly Statement[];
    }
  | { readonly kind: "scope"; readonly body: readonly Statement[]; readonly isBlock: boolean }
  | { readonly kind: "break" | "continue" }
);
