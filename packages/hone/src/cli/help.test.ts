import { describe, expect, it } from "vitest";
import { commands, nearestCommand } from "./command-table.ts";
import { groupHelp, overview } from "./help.ts";
import type { NamedCommand } from "./command.ts";
import { parseCommand } from "./parse-command.ts";
import { Terminal } from "./terminal/terminal.ts";
import { testStreams } from "./terminal/streams-fixture.ts";

const plain = (text: string): string => text;

function helpOf(command: NamedCommand): string {
  const streams = testStreams();
  expect(parseCommand(command, ["--help"], new Terminal(streams, false))).toBe("help");
  return streams.written.stdout;
}

describe("help", () => {
  it("of hone names every command and the exit codes", () => {
    const text = overview(plain);
    for (const { name, summary } of commands)
      expect(text).toContain(`  ${name.padEnd(16)}   ${summary}\n`);
    expect(text.split("\n").filter((line) => line.length > 80)).toEqual([]);
    expect(text).toMatch(/^Exit codes: 0 done, 1 failed, 2 wrong usage, 130 stopped by Ctrl-C/m);
  });

  it("of a group names its commands", () => {
    const rows = commands.filter(({ name }) => name.startsWith("runs "));
    expect(groupHelp("runs", rows, plain).split("\n")).toEqual([
      "USAGE    npx hone runs <command> [options]",
      "",
      ...rows.map(({ name, summary }) => `  ${name.padEnd(16)}   ${summary}`),
      "",
      "  npx hone runs <command> --help   options, units, defaults and an example",
    ]);
  });

  it.each(commands)("of $name fits into 80 columns", async ({ load }) => {
    const text = helpOf(await load());
    expect(text.split("\n").filter((line) => line.length > 80)).toEqual([]);
    expect(text).toMatch(/^EXAMPLE {2}\S/m);
    expect(text).toContain("--json");
  });

  it("of options names the values they may take", async () => {
    const stats = commands.find(({ name }) => name === "traces stats")!;
    const text = helpOf(await stats.load());
    expect(text).toMatch(
      /--by <what> +a row for each: agent, version, member, model, day,\n +session, user, tag$/m,
    );
    expect(text).toMatch(/--status <status> +running, completed, failed, cancelled$/m);
  });

  it.each(commands)("of $name has examples that the command accepts", async ({ name, load }) => {
    const command = await load();
    for (const example of command.examples) {
      const [line = ""] = example.split(" # ");
      const shellWords = line.slice(line.indexOf("hone ")).match(/"[^"]*"|'[^']*'|[^ ]+/g) ?? [];
      const words = shellWords.map((word) => word.replace(/^(["'])(.*)\1$/, "$2"));
      expect(words.slice(1, 1 + name.split(" ").length).join(" ")).toBe(name);
      const rest = words.slice(1 + name.split(" ").length);
      const terminal = new Terminal(testStreams(), false);
      expect(parseCommand(command, rest, terminal), example).not.toBe("help");
    }
  });
});

describe("an unknown command", () => {
  it("is answered with the nearest one", () => {
    expect(nearestCommand(["chta", "x"])).toBe("chat");
    expect(nearestCommand(["runs", "shwo", "7f3a"])).toBe("runs show");
    expect(nearestCommand(["doc"])).toBe("doctor");
    expect(nearestCommand(["train"])).toBe("train sft");
    expect(nearestCommand(["trian"])).toBe("train");
    expect(nearestCommand(["trian", "sft"])).toBe("train sft");
    expect(nearestCommand(["tarces"])).toBe("traces");
    expect(nearestCommand(["frobnicate"])).toBeUndefined();
  });
});
