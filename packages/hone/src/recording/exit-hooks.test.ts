import { EventEmitter } from "node:events";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { keepingSink } from "../testing/keeping-sink.ts";
import { type EndingProcess, type ExitHooks, watchExit } from "./exit-hooks.ts";
import { createTracer } from "./create-tracer.ts";

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** A process that dies of a signal nobody listens to, with the hooks in it. */
class FakeProcess extends EventEmitter {
  readonly pid = 7;
  died: string | undefined;

  kill = (_: number, signal: string): true => {
    if (this.died === undefined && !this.emit(signal, signal)) this.died = signal;
    return true;
  };

  exit(code: number): void {
    if (this.died !== undefined) return;
    this.died = `code ${code}`;
    this.emit("exit", code);
  }
}

/** Behaves as the library `signal-exit`: ends the process in its own listener, if that is the only one. */
function endsIfAlone(app: FakeProcess, signal = "SIGTERM"): () => void {
  const listener = (): void => {
    if (app.listenerCount(signal) !== 1) return;
    app.off(signal, listener);
    app.kill(7, signal);
  };
  return listener;
}

function watched(install: (app: FakeProcess) => void = () => undefined) {
  const app = new FakeProcess();
  install(app);
  const end = vi.fn();
  const resume = vi.fn();
  const checkpoint = vi.fn(() => resume);
  const hooks: ExitHooks = { atExit: new Set([end]), atSignal: new Set([checkpoint]) };
  // An EventEmitter does not declare the overloads that `process` has for each signal.
  watchExit(app as unknown as EndingProcess, hooks);
  return { app, end, checkpoint, resume, hooks };
}

describe("a process with hooks at its end", () => {
  it("dies of a signal that nobody listens to, after the hooks", () => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
      const { app, end, checkpoint } = watched();
      // What a hook throws is caught, so it only notes.
      const diedBefore: unknown[] = [];
      end.mockImplementation(() => diedBefore.push(app.died));
      app.kill(7, signal);
      expect(app.died).toBe(signal);
      expect(diedBefore).toEqual([undefined]);
      expect(checkpoint).not.toHaveBeenCalled();
    }
  });

  it.each(["before", "after"])(
    "dies of a library that looks in its own listener whether it is alone, put there %s us",
    (when) => {
      const put = (app: FakeProcess) => void app.on("SIGTERM", endsIfAlone(app));
      const { app, checkpoint } = watched(when === "before" ? put : undefined);
      if (when === "after") put(app);
      const diedBefore: unknown[] = [];
      checkpoint.mockImplementation(() => {
        diedBefore.push(app.died);
        return vi.fn();
      });
      app.kill(7, "SIGTERM");
      expect(app.died).toBe("SIGTERM");
      expect(diedBefore).toEqual([undefined]);
    },
  );

  it("leaves the signal to a handler that takes its time, and runs the hooks when that exits", () => {
    const { app, end, checkpoint, resume } = watched((one) =>
      one.on("SIGTERM", () => setTimeout(() => one.exit(9), 5000)),
    );
    app.kill(7, "SIGTERM");
    expect([checkpoint.mock.calls.length, end.mock.calls.length]).toEqual([1, 0]);
    expect(app.listenerCount("SIGTERM")).toBe(1);
    vi.advanceTimersByTime(5000);
    expect(app.died).toBe("code 9");
    expect(end.mock.calls).toEqual([[undefined]]);
    expect(resume).not.toHaveBeenCalled();
  });

  it("dies of the second Ctrl-C of an app that listens once, at once or much later", () => {
    for (const [waitedMs, ends] of [
      [100, 0],
      [60_000, 1],
    ] as const) {
      const { app, end, checkpoint } = watched((one) => one.once("SIGINT", () => undefined));
      app.kill(7, "SIGINT");
      expect(app.died).toBeUndefined();
      vi.advanceTimersByTime(waitedMs);
      app.kill(7, "SIGINT");
      expect(app.died).toBe("SIGINT");
      expect(checkpoint).toHaveBeenCalledOnce();
      expect(end).toHaveBeenCalledTimes(ends);
    }
  });

  it("is listened to again, in front, ten seconds after a signal that it survived", () => {
    const { app, checkpoint, resume } = watched((one) => one.on("SIGHUP", () => undefined));
    app.kill(7, "SIGHUP");
    vi.advanceTimersByTime(9999);
    expect([app.listenerCount("SIGHUP"), resume.mock.calls.length]).toEqual([1, 0]);
    vi.advanceTimersByTime(1);
    expect([app.listenerCount("SIGHUP"), resume.mock.calls.length]).toEqual([2, 1]);
    app.on("SIGHUP", endsIfAlone(app, "SIGHUP"));
    app.kill(7, "SIGHUP");
    expect(checkpoint).toHaveBeenCalledTimes(2);
    expect(app.listenerCount("SIGHUP")).toBe(2);
  });

  it("runs every hook, whichever throws, and ends as it would have", () => {
    const broken = vi.fn(() => {
      throw new Error("broken hook");
    });
    const exits = watched();
    exits.hooks.atExit.clear();
    for (const hook of [broken, exits.end]) exits.hooks.atExit.add(hook);
    exits.app.emit("uncaughtExceptionMonitor", new Error("boom"));
    exits.app.exit(1);
    expect(exits.end.mock.calls).toEqual([[new Error("boom")]]);

    const checkpoints = watched((app) => app.on("SIGTERM", endsIfAlone(app)));
    checkpoints.hooks.atSignal.clear();
    for (const hook of [broken, checkpoints.checkpoint]) checkpoints.hooks.atSignal.add(hook);
    checkpoints.app.kill(7, "SIGTERM");
    expect(checkpoints.app.died).toBe("SIGTERM");
    expect(checkpoints.checkpoint).toHaveBeenCalledOnce();
    expect(broken).toHaveBeenCalledTimes(2);
  });
});

describe("a trace that runs at a signal of the app's", () => {
  it("is recorded as it checkpoints, and as what becomes of it when the process goes on", () => {
    const sink = keepingSink();
    const tracer = createTracer({ sink });
    const lives = tracer.trace({ agent: "a", task: "t" });
    const ends = tracer.trace({ agent: "b", task: "t" });
    const span = lives.span({ kind: "content", content: "c" });
    const resume = tracer.checkpoint();
    expect(sink.spans).toMatchObject([{ attributes: { "hone.unfinished": "cancelled" } }]);
    const statuses = () => sink.heads.map(({ agent, status }) => `${agent} ${status}`);
    expect(statuses().slice(2)).toEqual(["a cancelled", "b cancelled"]);
    ends.end();
    resume();
    span.end();
    lives.end();
    expect(statuses().slice(4)).toEqual(["b completed", "a running", "a completed"]);
    expect(sink.heads[5]).not.toHaveProperty("endedAt");
    expect(sink.spans[1]!.attributes).toEqual({});
  });
});
