/**
 * Takes away from a runner's process what Node's permission model leaves: the network, signals, and shells that Emscripten's
 * `system` would start. What is refused fails as it would on a machine that has none.
 */
import childProcess from "node:child_process";
import dgram from "node:dgram";
import dns from "node:dns";
import fs from "node:fs";
import http from "node:http";
import http2 from "node:http2";
import https from "node:https";
import { syncBuiltinESMExports } from "node:module";
import net from "node:net";
import tls from "node:tls";

/** Globals of Node that reach out of the process. */
const outward = [
  "fetch",
  "WebSocket",
  "EventSource",
  "navigator",
  "localStorage",
  "sessionStorage",
];

/** Functions of `process` that signal or debug other processes, load machine code or end this one with a core dump. */
const closedOfProcess = [
  "kill",
  "_kill",
  "_debugProcess",
  "_debugEnd",
  "dlopen",
  "abort",
  "_linkedBinding",
];

/** To be called once, before an interpreter is loaded. */
export function lockDown(): void {
  // A function with `function`, so that `new` of a class that it replaces fails as a call does.
  const refuse = function (): never {
    throw Object.assign(new Error("the network is off in a sandbox"), { code: "ENETUNREACH" });
  };
  replaceAll(net.Socket.prototype, ["connect"], refuse);
  replaceAll(net.Server.prototype, ["listen"], refuse);
  replaceAll(dgram.Socket.prototype, ["bind", "connect", "send"], refuse);
  replaceAll(net, ["connect", "createConnection", "createServer"], refuse);
  replaceAll(tls, ["connect", "createServer"], refuse);
  replaceAll(http, ["request", "get", "createServer"], refuse);
  replaceAll(https, ["request", "get", "createServer"], refuse);
  replaceAll(http2, ["connect", "createServer", "createSecureServer"], refuse);
  for (const part of [dns, dns.promises]) replaceAll(part, functionsOf(part), refuse);
  replaceAll(process, closedOfProcess, refuse);
  // A shell that does not find its command.
  replaceAll(childProcess, ["spawnSync"], () => ({ status: 127, signal: null }));
  // Emscripten's files of Node ask for these numbers, by a way that the permission model refuses.
  replaceAll(process, ["binding"], () => ({ fs: fs.constants }));
  for (const name of outward) Reflect.deleteProperty(globalThis, name);
  syncBuiltinESMExports();
}

/** Names of all functions and classes of a module. */
const functionsOf = (module: object): string[] =>
  Object.entries(module).flatMap(([name, value]) => (typeof value === "function" ? [name] : []));

function replaceAll(of: object, names: readonly string[], replacement: () => unknown): void {
  for (const name of names) {
    Object.defineProperty(of, name, { value: replacement, writable: true, configurable: true });
  }
}
