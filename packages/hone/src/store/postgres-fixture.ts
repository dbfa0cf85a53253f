/** A PostgreSQL server of our own for tests: made in a temporary folder, as a user who is not root, gone
 * afterwards, also when the process of the tests is killed. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chownSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";

export interface TestPostgres {
  readonly password: string;
  /** A new, empty schema, by its address. */
  freshUrl(): Promise<string>;
  /** The address of the database with other parts. */
  url(parts?: {
    readonly password?: string;
    readonly database?: string;
    readonly schema?: string;
  }): string;
  /** Ends the server without a word to anybody, as a power cut would. */
  kill(): Promise<void>;
  /** Starts it again on the same port. */
  start(): Promise<void>;
  /** Ends the server and removes its files. */
  stop(): Promise<void>;
}

/** initdb and postgres refuse root, so these run as somebody else. */
interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** @throws when no PostgreSQL is installed, naming the package */
export async function startPostgres(settings: readonly string[] = []): Promise<TestPostgres> {
  const bin = findBinaries();
  const account = otherAccount();
  const folder = mkdtempSync(join(tmpdir(), "hone-postgres-"));
  if (account !== undefined) chownSync(folder, account.uid, account.gid);
  const release = watch(folder);
  const data = join(folder, "data");
  const password = `secret-${crypto.randomUUID()}`;
  const passwordFile = join(folder, "password");
  writeFileSync(passwordFile, password);
  if (account !== undefined) chownSync(passwordFile, account.uid, account.gid);
  const init = ["-D", data, "-U", "tester", "--auth=scram-sha-256", `--pwfile=${passwordFile}`];
  const locale = ["--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"];
  execFileSync(join(bin, "initdb"), [...init, ...locale], {
    ...account,
    cwd: folder,
    stdio: "pipe",
  });
  const port = await freePort();
  const server = new Server(join(bin, "postgres"), folder, port, account, settings);
  const url: TestPostgres["url"] = (parts = {}) => {
    const schema = parts.schema === undefined ? "" : `?options=-c%20search_path%3D${parts.schema}`;
    return `postgres://tester:${parts.password ?? password}@127.0.0.1:${port}/${parts.database ?? "postgres"}${schema}`;
  };
  await server.start(url());
  let schemas = 0;
  return {
    password,
    url,
    async freshUrl() {
      const schema = `test_${schemas++}`;
      const client = new pg.Client({ connectionString: url() });
      await client.connect();
      await client.query(`create schema ${schema}`);
      await client.end();
      return url({ schema });
    },
    kill: () => server.end("SIGKILL"),
    start: () => server.start(url()),
    async stop() {
      await server.end("SIGQUIT");
      rmSync(folder, { recursive: true, force: true });
      release();
    },
  };
}

/**
 * Waits for the end of its input, which is the end of this process however it comes, then ends the server of the folder and
 * removes it. The process of a pid file may be another by now; ours names the folder in its command line.
 */
const watchdog = `
  cat > /dev/null
  pid=$(head -n 1 "$1/data/postmaster.pid" 2> /dev/null)
  is_ours() { [ -n "$pid" ] && ps -o args= -p "$pid" | grep -qF "$1"; }
  if is_ours "$1"; then kill -QUIT "$pid"; fi
  for _ in 1 2 3 4 5 6 7 8 9 10; do is_ours "$1" || break; sleep 0.5; done
  rm -rf "$1"`;

/** @returns what to call when the folder is gone */
function watch(folder: string): () => void {
  // In a group of its own, so that the Ctrl-C that ends the tests leaves it alive.
  const child = spawn("sh", ["-c", watchdog, "watchdog", folder], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  child.unref();
  const input = child.stdin as Socket;
  input.unref();
  return () => void input.end();
}

function childrenOf(parent: number): number[] {
  return execFileSync("ps", ["-A", "-o", "pid=,ppid="], { encoding: "utf8" })
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number))
    .flatMap(([pid, ppid]) => (ppid === parent && pid !== undefined ? [pid] : []));
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

class Server {
  readonly #program: string;
  readonly #folder: string;
  readonly #port: number;
  readonly #account: Account | undefined;
  readonly #settings: readonly string[];
  #child: ChildProcess | undefined;

  constructor(
    program: string,
    folder: string,
    port: number,
    account: Account | undefined,
    settings: readonly string[],
  ) {
    this.#program = program;
    this.#folder = folder;
    this.#port = port;
    this.#account = account;
    this.#settings = settings;
  }

  /** Resolves when it takes connections. After a kill its old processes may hold the folder for a moment. */
  async start(url: string): Promise<void> {
    const deadline = performance.now() + 30_000;
    for (;;) {
      const problem = await this.#tryToStart(url, deadline);
      if (problem === undefined) return;
      if (performance.now() > deadline) throw new Error(`PostgreSQL does not start: ${problem}`);
      await sleep(200);
    }
  }

  async end(signal: "SIGKILL" | "SIGQUIT"): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    // Its backends would go on for a moment and answer what they are asked: a power cut ends them too.
    const backends = signal === "SIGKILL" ? childrenOf(child.pid!) : [];
    child.kill(signal);
    for (const pid of backends) killIfThere(pid);
    await ended;
  }

  async #tryToStart(url: string, deadline: number): Promise<string | undefined> {
    const where = ["-D", join(this.#folder, "data"), "-k", this.#folder, "-p", String(this.#port)];
    const options = ["listen_addresses=127.0.0.1", ...this.#settings].flatMap((one) => ["-c", one]);
    const child = spawn(this.#program, [...where, ...options], {
      ...this.#account,
      cwd: this.#folder,
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.#child = child;
    let log = "";
    child.stderr.on("data", (part: Buffer) => (log = (log + part.toString()).slice(-2000)));
    while (child.exitCode === null && performance.now() < deadline) {
      const client = new pg.Client({ connectionString: url });
      try {
        await client.connect();
        await client.end();
        return undefined;
      } catch {
        await sleep(30);
      }
    }
    return log;
  }
}

/** The newest installed one. */
function findBinaries(): string {
  const named = process.env["HONE_TEST_POSTGRES"];
  const debian = "/usr/lib/postgresql";
  const versions = existsSync(debian)
    ? readdirSync(debian).toSorted((a, b) => Number(b) - Number(a))
    : [];
  const folders = [
    ...(named === undefined ? [] : [named]),
    ...versions.map((version) => join(debian, version, "bin")),
    "/usr/local/pgsql/bin",
    "/opt/homebrew/opt/postgresql/bin",
    ...(process.env["PATH"] ?? "").split(":"),
  ];
  const found = folders.find(
    (one) => existsSync(join(one, "initdb")) && existsSync(join(one, "postgres")),
  );
  if (found !== undefined) return found;
  throw new Error(
    "These tests need PostgreSQL 15 or later: apt-get install postgresql, or name its bin folder in HONE_TEST_POSTGRES.",
  );
}

/** Undefined where we are not root already. */
function otherAccount(): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const lines = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .map((line) => line.split(":"));
  const line = ["postgres", "nobody"].flatMap((name) => lines.find(([one]) => one === name) ?? []);
  if (line.length === 0)
    throw new Error("PostgreSQL refuses root, and there is no user postgres or nobody.");
  return { uid: Number(line[2]), gid: Number(line[3]) };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (typeof address !== "object" || address === null) throw new Error("no port");
  return address.port;
}
