/** Where in the user's own code something failed: the line of a stack that is neither hone's, a package's nor Node's. */
import { type Debugger, Session } from "node:inspector";
import { SourceMap, type SourceMapPayload } from "node:module";
import { dirname, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of hone's own code, `src/` or `dist/`. */
const ownFolder = dirname(dirname(fileURLToPath(import.meta.url))) + sep;

/** A frame of V8's stacks: "at name (file:12:9)" or "at file:12:9". */
const frame = /^\s*at (?:.*? \()?(?:async )?((?:file:\/\/)?\S.*?:\d+:\d+)\)?$/;

/**
 * The first line of the error's stack in the user's code.
 * @example userPlace(error); // "/home/me/reward.ts:12:9"
 */
export function userPlace(error: unknown): string | undefined {
  const stack = error instanceof Error ? error.stack : undefined;
  if (typeof stack !== "string") return undefined;
  for (const line of stack.split("\n")) {
    const place = frame.exec(line)?.[1];
    if (place !== undefined && isUsers(place)) return withoutScheme(place);
  }
  return undefined;
}

function isUsers(place: string): boolean {
  if (/^(node:|internal\/|native|<anonymous>)/.test(place)) return false;
  const path = withoutScheme(place);
  if (/[\\/]node_modules[\\/]/.test(path)) return false;
  // The tests of hone lie in its folder and are its users.
  return !path.startsWith(ownFolder) || /\.test\.[jt]s:/.test(path);
}

function withoutScheme(place: string): string {
  const [, file = place, position = ""] = /^(.*?)(:\d+:\d+)$/.exec(place) ?? [];
  return file.startsWith("file:") ? fileURLToPath(file) + position : place;
}

/**
 * Where a function is written, which only Node's inspector knows; undefined where that cannot be asked. For a function that
 * returned something wrong: it threw nothing, so there is no stack.
 * @example functionPlace(reward); // "/home/me/reward.ts:10:25"
 */
export function functionPlace(run: UserFunction): string | undefined {
  if (!knownPlaces.has(run)) knownPlaces.set(run, askedPlace(run));
  return knownPlaces.get(run);
}

type UserFunction = (...args: never[]) => unknown;

/** Asking takes about 10 ms, so each function is asked for once. */
const knownPlaces = new WeakMap<UserFunction, string | undefined>();

function askedPlace(run: UserFunction): string | undefined {
  const session = new Session();
  const key = `hone.asked.${Math.trunc(performance.now() * 1000)}`;
  try {
    session.connect();
    Reflect.set(globalThis, key, run);
    const place = locationOf(session, `globalThis[${JSON.stringify(key)}]`);
    return place !== undefined && isUsers(place) ? withoutScheme(place) : undefined;
  } catch {
    return undefined;
  } finally {
    Reflect.deleteProperty(globalThis, key);
    session.disconnect();
  }
}

/** The file, line and column of the function that an expression gives, by the debugger's protocol on this thread. */
function locationOf(session: Session, expression: string): string | undefined {
  const scripts = new Map<string, Debugger.ScriptParsedEventDataType>();
  session.on("Debugger.scriptParsed", ({ params }) => scripts.set(params.scriptId, params));
  session.post("Debugger.enable");
  let place: string | undefined;
  session.post("Runtime.evaluate", { expression }, (_error, evaluated) => {
    const objectId = evaluated?.result.objectId;
    if (objectId === undefined) return;
    session.post("Runtime.getProperties", { objectId, ownProperties: true }, (_e, own) => {
      const found = own?.internalProperties?.find(({ name }) => name === "[[FunctionLocation]]");
      const at = found?.value?.value as Debugger.Location | undefined;
      const script = at && scripts.get(at.scriptId);
      if (at && script) place = sourcePlace(script, at);
    });
  });
  return place;
}

/** The place in the source, where the file that runs was made from one and holds its map. */
function sourcePlace(
  { url, sourceMapURL = "" }: Debugger.ScriptParsedEventDataType,
  { lineNumber, columnNumber = 0 }: Debugger.Location,
): string {
  const [, json] = /^data:[^,]*;base64,(.*)$/.exec(sourceMapURL) ?? [];
  if (json !== undefined) {
    const map = new SourceMap(
      JSON.parse(Buffer.from(json, "base64").toString()) as SourceMapPayload,
    );
    const entry = map.findEntry(lineNumber, columnNumber);
    if ("originalLine" in entry)
      return `${url}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
  }
  return `${url}:${lineNumber + 1}:${columnNumber + 1}`;
}
