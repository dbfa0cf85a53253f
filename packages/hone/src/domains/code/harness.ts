/**
 * The code that runs programs inside a sandbox: a function `runAll(jobs)` in each language. It returns results as JSON texts, which
 * are compared outside. The expected results never enter the sandbox, so a program can neither read nor change them.
 */
import type { JsonValue } from "../../core/json.ts";
import type { CodeLanguage } from "./operations.ts";

/** A program with the inputs that its function `f` is called with, one after the other. */
export type Job = {
  readonly code: string;
  readonly inputs: readonly JsonValue[];
};

/** Longest text of a result or an error that is handed back, in characters. */
const maxText = 2_000;

/** Programs that define `runAll(jobs)`. */
export const harnesses: Readonly<Record<CodeLanguage, string>> = {
  javascript: `
const runAll = (() => {
  const { parse, stringify } = JSON;
  const said = (error) => { try { return String(error.name) + ": " + String(error.message); } catch { return "it threw"; } };
  const one = (f, input) => {
    try {
      const text = stringify(f(parse(stringify(input))));
      return text === undefined ? { error: "it returned nothing" } : { json: text.slice(0, ${maxText}) };
    } catch (error) {
      return { error: said(error).slice(0, ${maxText}) };
    }
  };
  return (jobs) => jobs.map(({ code, inputs }) => {
    let f;
    try { f = new Function(code + "\\nreturn f;")(); } catch (error) { return { problem: said(error).slice(0, ${maxText}) }; }
    return typeof f === "function" ? { outcomes: inputs.map((input) => one(f, input)) } : { problem: "f is no function" };
  });
})();`,
  python: `
import builtins, json

def said(error):
    return (type(error).__name__ + ": " + str(error))[:${maxText}]

def one(f, input):
    try:
        result = f(json.loads(json.dumps(input)))
        if result is None:
            return {"error": "it returned nothing"}
        return {"json": json.dumps(result, separators=(",", ":"), ensure_ascii=False)[:${maxText}]}
    except BaseException as error:
        return {"error": said(error)}

def job(code, inputs):
    names = {"__builtins__": dict(vars(builtins)), "__name__": "program"}
    try:
        exec(compile(code, "program", "exec"), names)
        f = names["f"]
    except BaseException as error:
        return {"problem": said(error)}
    return {"outcomes": [one(f, input) for input in inputs]}

def runAll(jobs):
    return [job(each["code"], each["inputs"]) for each in jobs]
`,
};
