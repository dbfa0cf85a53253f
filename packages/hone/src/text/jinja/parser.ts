/** Reads a template: data, output and statements. */
import { readExpression, readFilterChain, readTarget, readTuple } from "./expressions.ts";
import { tokenize } from "./lexer.ts";
import type { Expression, MacroBody, Statement, Target } from "./nodes.ts";
import { TokenStream } from "./token-stream.ts";

/** The statements of a template's text. @throws TemplateFault when the text is not a template */
export function parse(source: string): readonly Statement[] {
  const s = new TokenStream(tokenize(source));
  const body = readBody(s, []);
  if (s.current.kind !== "end") throw s.fault(`Encountered unknown tag '${s.current.text}'`);
  return body;
}

/** Statements up to a tag of one of the names, which is the current token then. */
function readBody(s: TokenStream, ends: readonly string[]): Statement[] {
  const body: Statement[] = [];
  for (;;) {
    const { kind, text, line } = s.next();
    if (kind === "end") {
      if (ends.length > 0)
        throw s.fault(`Unexpected end of template, expected ${ends.join(" or ")}`);
      return body;
    }
    if (kind === "data") body.push({ kind: "data", text, line });
    else if (kind === "variable_begin") {
      body.push({ kind: "print", value: readTuple(s), line });
      s.expect("variable_end");
    } else {
      if (s.isName(...ends)) return body;
      body.push(...readStatement(s, line));
      s.expect("block_end");
    }
  }
}

/** The body of a tag and the name of the tag that ends it. */
function readUntil(s: TokenStream, ...ends: readonly string[]): { body: Statement[]; end: string } {
  s.skip(":");
  s.expect("block_end");
  const body = readBody(s, ends);
  return { body, end: s.next().text };
}

type Reader = (s: TokenStream, line: number) => Statement | readonly Statement[];

const readers: Readonly<Record<string, Reader>> = {
  for: readFor,
  if: readIf,
  set: readSet,
  with: readWith,
  macro: (s, line) => {
    const name = s.expect("name").text;
    return { kind: "macro", macro: readMacro(s, name, "endmacro"), line };
  },
  call: readCall,
  filter: (s, line) => {
    const filter = readFilterChain(s, undefined, true);
    return { kind: "filterBlock", filter, body: readUntil(s, "endfilter").body, line };
  },
  print: (s, line) => {
    const values = [readExpression(s)];
    while (s.skip(",")) values.push(readExpression(s));
    return values.map((value) => ({ kind: "print", value, line }) as const);
  },
  block: readBlock,
  // A part that a trainer learns from; it is rendered as it stands, with a scope of its own.
  generation: (s, line) => ({
    kind: "scope",
    isBlock: false,
    body: readUntil(s, "endgeneration").body,
    line,
  }),
  break: (_, line) => ({ kind: "break", line }),
  continue: (_, line) => ({ kind: "continue", line }),
};

function readStatement(s: TokenStream, line: number): readonly Statement[] {
  const { text: tag } = s.expect("name");
  const read = Object.hasOwn(readers, tag) ? readers[tag] : undefined;
  if (read === undefined) throw s.fault(`Encountered unknown tag '${tag}'`);
  const statement = read(s, line);
  return Array.isArray(statement) ? (statement as Statement[]) : [statement as Statement];
}

function readFor(s: TokenStream, line: number): Statement {
  const target = readTarget(s, "in");
  s.expect("name", "in");
  const of = readTuple(s, { hasCondition: false, end: "recursive" });
  const test = s.skip("if") ? readExpression(s) : undefined;
  const isRecursive = s.skip("recursive");
  const { body, end } = readUntil(s, "endfor", "else");
  const otherwise = end === "else" ? readUntil(s, "endfor").body : [];
  return { kind: "for", target, of, test, isRecursive, body, otherwise, line };
}

function readIf(s: TokenStream, line: number): Statement {
  const test = readTuple(s, { hasCondition: false });
  const { body, end } = readUntil(s, "elif", "else", "endif");
  const otherwise =
    end === "elif" ? [readIf(s, line)] : end === "else" ? readUntil(s, "endif").body : [];
  return { kind: "if", test, body, otherwise, line };
}

function readSet(s: TokenStream, line: number): Statement {
  const target = readTarget(s);
  if (s.skip("=")) return { kind: "set", target, value: readTuple(s), line };
  const filter = s.isOperator("|") ? readFilterChain(s, undefined) : undefined;
  return { kind: "setBlock", target, filter, body: readUntil(s, "endset").body, line };
}

function readWith(s: TokenStream, line: number): Statement {
  const targets: Target[] = [];
  const values: Expression[] = [];
  while (s.current.kind !== "block_end") {
    if (targets.length > 0) s.expect("operator", ",");
    targets.push(readTarget(s));
    s.expect("operator", "=");
    values.push(readExpression(s));
  }
  return { kind: "with", targets, values, body: readUntil(s, "endwith").body, line };
}

function readCall(s: TokenStream, line: number): Statement {
  const signature = s.isOperator("(") ? readSignature(s) : { parameters: [], defaults: [] };
  const call = readExpression(s);
  if (call.kind !== "call") throw s.fault("expected call");
  const body = readUntil(s, "endcall").body;
  return { kind: "callBlock", call, caller: { name: undefined, ...signature, body }, line };
}

function readBlock(s: TokenStream, line: number): Statement {
  const { text: name } = s.expect("name");
  const isScoped = s.skip("scoped");
  s.skip("required");
  const { body } = readUntil(s, "endblock");
  s.skip(name);
  return { kind: "scope", isBlock: !isScoped, body, line };
}

function readMacro(s: TokenStream, name: string, end: string): MacroBody {
  const signature = readSignature(s);
  return { name, ...signature, body: readUntil(s, end).body };
}

function readSignature(s: TokenStream): Pick<MacroBody, "parameters" | "defaults"> {
  const parameters: string[] = [];
  const defaults: Expression[] = [];
  s.expect("operator", "(");
  while (!s.isOperator(")")) {
    if (parameters.length > 0) s.expect("operator", ",");
    if (s.isOperator(")")) break;
    parameters.push(s.expect("name").text);
    if (s.skip("=")) defaults.push(readExpression(s));
    else if (defaults.length > 0) throw s.fault("non-default argument follows default argument");
  }
  s.next();
  return { parameters, defaults };
}
