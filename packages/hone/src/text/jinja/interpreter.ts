/** Runs the statements of a template. */
import { isNamed } from "./check.ts";
import { callOf, callValue, evaluate, evaluateMarkup, runtime } from "./evaluator.ts";
import { TemplateFault } from "./faults.ts";
import { Loop } from "./loop.ts";
import type { Expression, MacroBody, Statement } from "./nodes.ts";
import { textOf } from "./print.ts";
import { Scope } from "./scope.ts";
import { spend } from "./steps.ts";
import {
  Callable,
  Dict,
  Tuple,
  Undefined,
  isTrue,
  itemsOf,
  type Call,
  type Value,
} from "./values.ts";

/** How a run of statements ended before its last one. */
type Jump = "break" | "continue" | undefined;

/** Runs a template's statements and gives the text. */
export class Interpreter {
  readonly #root: Scope;
  /** Of the statement that runs, counted from 1. */
  line = 1;

  constructor(root: Scope) {
    this.#root = root;
  }

  run(statements: readonly Statement[]): string {
    return this.#text(statements, this.#root);
  }

  #text(statements: readonly Statement[], scope: Scope): string {
    const out: string[] = [];
    this.#all(statements, scope, out);
    return out.join("");
  }

  #all(statements: readonly Statement[], scope: Scope, out: string[]): Jump {
    for (const statement of statements) {
      spend(1);
      this.line = statement.line;
      const jump = this.#one(statement, scope, out);
      if (jump !== undefined) return jump;
    }
    return undefined;
  }

  #one(node: Statement, scope: Scope, out: string[]): Jump {
    switch (node.kind) {
      case "data":
        out.push(node.text);
        return undefined;
      case "print":
        out.push(textOf(evaluate(node.value, scope)));
        return undefined;
      case "if":
        return this.#all(
          isTrue(evaluate(node.test, scope)) ? node.body : node.otherwise,
          scope,
          out,
        );
      case "for":
        return this.#for(node, scope, out, { items: evaluate(node.of, scope), depth: 0 });
      case "set":
        scope.assign(node.target, evaluateMarkup(node.value, scope));
        return undefined;
      case "macro":
        scope.set(node.macro.name!, this.#macro(node.macro, scope));
        return undefined;
      case "break":
      case "continue":
        return node.kind;
      default:
        return this.#inner(node, scope, out);
    }
  }

  /** Statements whose body has a scope of its own. */
  #inner(
    node: Extract<Statement, { kind: "setBlock" | "with" | "callBlock" | "filterBlock" | "scope" }>,
    scope: Scope,
    out: string[],
  ): Jump {
    if (node.kind === "setBlock") {
      const text = this.#text(node.body, new Scope(scope));
      scope.assign(
        node.target,
        node.filter === undefined ? text : filtered(node.filter, text, scope),
      );
    } else if (node.kind === "filterBlock") {
      out.push(textOf(filtered(node.filter, this.#text(node.body, new Scope(scope)), scope)));
    } else if (node.kind === "callBlock") {
      const { args, kwargs } = callOf(node.call.given, scope);
      const caller = this.#macro(node.caller, scope);
      out.push(
        textOf(
          callValue(evaluate(node.call.of, scope), {
            args,
            kwargs: new Map([...kwargs, ["caller", caller]]),
          }),
        ),
      );
    } else {
      // A block sees the template's names, not those of a loop it stands in.
      const inner = new Scope(node.kind === "scope" && node.isBlock ? this.#root : scope);
      if (node.kind === "with") {
        const values = node.values.map((value) => evaluate(value, scope));
        for (const [i, target] of node.targets.entries()) inner.assign(target, values[i]!);
      }
      return this.#all(node.body, inner, out);
    }
    return undefined;
  }

  #for(
    node: Statement & { kind: "for" },
    scope: Scope,
    out: string[],
    { items, depth }: { items: Value; depth: number },
  ): Jump {
    const loop = new Loop(this.#chosen(node, scope, items), depth);
    const recurse = (more: Value): Value => {
      const inner: string[] = [];
      this.#for(node, scope, inner, { items: more, depth: depth + 1 });
      return inner.join("");
    };
    const value = loop.value(node.isRecursive ? recurse : undefined);
    for (const [at, item] of loop.items.entries()) {
      spend(2); // the names of a round cost more than an expression
      loop.at = at;
      const body = new Scope(scope, new Map([["loop", value]]));
      body.assign(node.target, item);
      if (this.#all(node.body, body, out) === "break") break;
    }
    // As in Python's jinja2, the `else` of a loop runs when there was nothing to walk through.
    return loop.items.length === 0 ? this.#all(node.otherwise, new Scope(scope), out) : undefined;
  }

  /** The items of a loop that pass its `if`. */
  #chosen(
    { target, test }: Statement & { kind: "for" },
    scope: Scope,
    items: Value,
  ): readonly Value[] {
    const all = itemsOf(items);
    if (test === undefined) return all;
    return all.filter((item) => {
      const inner = new Scope(scope);
      inner.assign(target, item);
      return isTrue(evaluate(test, inner));
    });
  }

  #macro(macro: MacroBody, scope: Scope): Callable {
    const has = {
      caller: isNamed("caller", macro.body),
      kwargs: isNamed("kwargs", macro.body),
      varargs: isNamed("varargs", macro.body),
    };
    const attributes = new Map<string, Value>([
      ["name", macro.name ?? null],
      ["arguments", new Tuple(macro.parameters)],
      ["catch_kwargs", has.kwargs],
      ["catch_varargs", has.varargs],
      ["caller", has.caller],
    ]);
    const title = macro.name === undefined ? "<Macro anonymous>" : `<Macro '${macro.name}'>`;
    return new Callable(
      title,
      (call) => {
        const inner = new Scope(scope);
        this.#bindMacro(macro, call, inner, has);
        const { line } = this;
        const text = this.#text(macro.body, inner);
        this.line = line;
        return text;
      },
      attributes,
    );
  }

  /** Sets the names of a macro's parameters; what is not given and has no default is undefined. */
  #bindMacro(
    macro: MacroBody,
    { args, kwargs }: Call,
    inner: Scope,
    has: { readonly caller: boolean; readonly kwargs: boolean; readonly varargs: boolean },
  ): void {
    const { parameters, defaults } = macro;
    const title = `macro '${macro.name ?? "caller"}'`;
    const rest = new Map(kwargs);
    for (const [i, name] of parameters.entries()) {
      if (i < args.length) {
        inner.set(name, args[i]!);
        continue;
      }
      const given = rest.get(name);
      rest.delete(name);
      const byDefault = defaults[i - parameters.length + defaults.length];
      if (given !== undefined) inner.set(name, given);
      else if (byDefault !== undefined) inner.set(name, evaluate(byDefault, inner));
      else inner.set(name, new Undefined(`parameter '${name}' was not provided`));
    }
    if (has.caller && !parameters.includes("caller")) {
      inner.set("caller", rest.get("caller") ?? new Undefined("No caller defined"));
      rest.delete("caller");
    }
    if (has.kwargs) inner.set("kwargs", new Dict(rest));
    else if (rest.size > 0)
      throw new TemplateFault(`${title} takes no keyword argument '${[...rest.keys()][0]}'`);
    if (has.varargs) inner.set("varargs", new Tuple(args.slice(parameters.length)));
    else if (args.length > parameters.length)
      throw new TemplateFault(`${title} takes not more than ${parameters.length} argument(s)`);
  }
}

/** The filters of `{% filter … %}` or `{% set x | … %}`, applied to a text. */
function filtered(filter: Expression, text: string, scope: Scope): Value {
  if (filter.kind !== "filter") return text;
  const value = filter.of === undefined ? text : filtered(filter.of, text, scope);
  return runtime.filter(filter.name, value, callOf(filter.given, scope));
}
