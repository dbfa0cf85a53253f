/** Prints a sweep while it happens, and its table at the end. */
import type { SweepEvent } from "../../app/sweeps/run-sweep.ts";
import {
  durationText,
  intervalText,
  settingText,
  shortPath,
} from "../../app/training/run-figures.ts";
import { tableText } from "../terminal/figures.ts";
import type { Terminal } from "../terminal/terminal.ts";

/** Prints one event of a sweep. */
export function printSweep(event: SweepEvent, terminal: Terminal): void {
  switch (event.kind) {
    case "sweep": {
      const { kind, ...facts } = event;
      const { folder, runs, done, parallel, threads } = event;
      const left = done === 0 ? "" : `, ${done} of them done already`;
      const each = threads === 1 ? " with 1 thread each" : ` with ${threads} threads each`;
      const text = `${runs} runs${left}, ${parallel} at a time${threads === undefined ? "" : each}\n  → ${shortPath(folder)}`;
      return terminal.tell({ event: kind, ...facts }, text);
    }
    case "run": {
      const { name, values, seed } = event.run;
      terminal.emit({ event: "run", run: name, values, seed, resumed: event.resumed });
      return terminal.say(`  ${event.resumed ? "goes on" : "begins "}  ${name}  ${told(values)}`);
    }
    case "ended": {
      const { run, result, problem, done, runs } = event;
      const success = result && { before: result.before.success, after: result.after.success };
      terminal.emit({ event: "ended", run: run.name, success, problem, done, runs });
      if (result === undefined) return terminal.warn(`${run.name} has no result: ${problem}`);
      const { before, after } = result;
      const text = `${before.success.value.toFixed(2)} → ${intervalText(after.success)}`;
      return terminal.say(
        `  ${done} of ${runs}   ${run.name}  success ${text}, ${durationText(result.seconds)}`,
      );
    }
    case "stopped": {
      const { folder, done, runs } = event;
      const text = `  stopped with ${done} of ${runs} runs done; the same command goes on\n  → ${shortPath(folder)}`;
      return terminal.tell({ stopped: { folder, done, runs } }, text);
    }
    case "done":
      return finished(event, terminal);
  }
}

function finished(event: Extract<SweepEvent, { kind: "done" }>, terminal: Terminal): void {
  const { folder, report, rows } = event;
  terminal.emit({ folder, report, rows });
  const keys = Object.keys(rows[0]?.values ?? {});
  const lines = rows.map(({ number, values, seeds, success, reward, seconds }) => [
    String(number),
    ...keys.map((key) => settingText(values[key])),
    String(seeds),
    ...(success === undefined
      ? ["", "", ""]
      : [success.before, success.after, success.difference].map((one) => intervalText(one))),
    reward === undefined ? "" : intervalText(reward.after),
    seconds === undefined ? "" : durationText(seconds),
  ]);
  const heads = ["success before", "success after", "difference", "reward after", "time"];
  terminal.say(tableText([["", ...keys, "seeds", ...heads], ...lines]));
  terminal.say(`  → ${shortPath(report)}`);
}

const told = (values: Readonly<Record<string, unknown>>): string =>
  Object.entries(values)
    .map(([key, value]) => `${key} ${settingText(value)}`)
    .join(", ");
