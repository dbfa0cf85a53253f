/**
 * What programs of the JavaScript sandbox find beside the language itself, as a program of the guest: `console`, timers, files
 * of the working folder, standard input, `exit`. It runs before the program, in the same realm, so that a program that changes
 * built-in objects changes them for itself alone.
 */

/**
 * Texts cross as JSON, since QuickJS cuts a text at a null character there.
 *
 * An expression: a function of the host's functions that returns those the host calls.
 *
 * - `toJson(value)`: the value as JSON text; undefined for undefined; throws a sentence for what JSON cannot hold
 * - `describe(error)`: a JSON list of name, message and stack, without running into a trap of the error. It is put together from
 *   single texts, in which a program has no part: JSON of a list or object would ask the program's `toJSON`
 * - `runTimer()`: runs the timer that is due next, having set the clock forward to it; false where there is none
 * - `call(function, argumentsAsJson)`
 */
export const javascriptGuest = `(host) => {
  const { stringify, parse } = JSON, { isArray } = Array, { isFinite } = Number;
  const { keys, getPrototypeOf } = Object, tagOf = Function.prototype.call.bind(Object.prototype.toString);
  const timers = [];
  let lastTimer = 0;

  const show = (value) => {
    if (typeof value === "string") return value;
    if (typeof value !== "object" || value === null) return typeof value === "bigint" ? value + "n" : String(value);
    if (value instanceof Error) return value.stack ? value.name + ": " + value.message + "\\n" + value.stack : String(value);
    try { return stringify(value) ?? String(value); } catch { return tagOf(value); }
  };
  const line = (stream) => (...values) => host.write(stream, stringify(values.map(show).join(" ") + "\\n"));
  const [out, err] = [line("stdout"), line("stderr")];

  const addTimer = (callback, delay, every, values) => {
    if (typeof callback !== "function") throw new TypeError("a timer needs a function");
    const wait = delay > 1 ? +delay : 1;
    timers.push({ id: ++lastTimer, at: host.clock() + wait, every: every ? wait : 0, callback, values });
    return lastTimer;
  };
  const clearTimer = (id) => {
    const index = timers.findIndex((timer) => timer.id === id);
    if (index >= 0) timers.splice(index, 1);
  };

  const noJson = (path, what) => { throw new TypeError("the value" + (path === "" ? "" : " at " + path) + " is " + what + ", which JSON cannot hold"); };
  const checked = (value, path, above) => {
    switch (typeof value) {
      case "number": return isFinite(value) ? undefined : noJson(path, String(value));
      case "bigint": return noJson(path, "a BigInt");
      case "function": return noJson(path, "a function");
      case "symbol": return noJson(path, "a symbol");
      case "undefined": return noJson(path, "undefined");
      case "object": break;
      default: return undefined;
    }
    if (value === null) return undefined;
    if (above.includes(value)) noJson(path, "a circle");
    if (above.length >= 500) noJson(path, "nested deeper than 500 levels");
    const inside = [...above, value];
    if (isArray(value)) {
      for (let i = 0; i < value.length; i++) checked(value[i], path + "[" + i + "]", inside);
      return undefined;
    }
    const tag = tagOf(value).slice(8, -1);
    if (tag !== "Object" && !(tag === "Date" && isFinite(+value))) noJson(path, "of the type " + tag);
    if (tag === "Date") return undefined;
    for (const key of keys(value)) {
      const field = value[key];
      if (field !== undefined) checked(field, path === "" ? key : path + "." + key, inside);
    }
    return undefined;
  };

  const text = (read) => { try { const value = read(); return typeof value === "string" ? value : ""; } catch { return ""; } };

  Object.assign(globalThis, {
    console: { log: out, info: out, debug: out, warn: err, error: err, trace: err },
    print: out,
    setTimeout: (callback, delay, ...values) => addTimer(callback, delay, false, values),
    setInterval: (callback, delay, ...values) => addTimer(callback, delay, true, values),
    clearTimeout: clearTimer,
    clearInterval: clearTimer,
    queueMicrotask: (callback) => { Promise.resolve().then(callback); },
    readStdin: () => parse(host.stdin()),
    readFile: (path) => parse(host.readText(stringify(String(path)))),
    readBytes: (path) => new Uint8Array(host.readBytes(stringify(String(path)))),
    writeFile: (path, data) => data instanceof Uint8Array
      ? host.writeBytes(stringify(String(path)), data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength))
      : host.writeText(stringify(String(path)), stringify(String(data))),
    removeFile: (path) => host.removeFile(stringify(String(path))),
    listFiles: () => parse(host.listFiles()),
    exit: (code = 0) => host.exit(Number(code)),
  });

  return {
    toJson: (value) => {
      if (value === undefined) return undefined;
      checked(value, "", []);
      return stringify(value);
    },
    describe: (error) => {
      const name = text(() => error.name) || text(() => error.constructor.name) || "Error";
      const message = text(() => (typeof error === "object" && error !== null ? error.message : show(error)));
      return "[" + stringify(name) + "," + stringify(message) + "," + stringify(text(() => error.stack)) + "]";
    },
    runTimer: () => {
      if (timers.length === 0) return false;
      let next = timers[0];
      for (const timer of timers) if (timer.at < next.at) next = timer;
      host.setClock(next.at);
      if (next.every > 0) next.at += next.every;
      else timers.splice(timers.indexOf(next), 1);
      next.callback(...next.values);
      return true;
    },
    call: (callee, values) => callee(...parse(values)),
  };
}`;
