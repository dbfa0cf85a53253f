import { Command } from "commander";
import { describe, expect, it } from "vitest";
import { addTraceOptions } from "./filter-options.ts";
import { addPage, nextLine, type PageFlags } from "./page-options.ts";
import { timeBy } from "./time-option.ts";

describe("times of options", () => {
  const now = Date.UTC(2026, 0, 31, 12);
  const time = timeBy(() => now);

  it("are dates in UTC or so long ago", () => {
    expect(time("2026-01-30")).toBe(Date.UTC(2026, 0, 30));
    expect(time("2026-01-30T10:05")).toBe(Date.UTC(2026, 0, 30, 10, 5));
    expect(time("2026-01-30 10:05:30.5Z")).toBe(Date.UTC(2026, 0, 30, 10, 5, 30, 500));
    expect(time("2h")).toBe(now - 7_200_000);
    expect(time("1.5d")).toBe(now - 129_600_000);
    expect(time("99999999w")).toBe(0);
  });

  it.each(["yesterday", "2026-02-30", "2026-13-01", "2026-01-30T25:00", "2h30m", "-2h", ""])(
    "refuse %j",
    (text) => {
      expect(() => time(text)).toThrow(/2026-01-31/);
    },
  );
});

describe("the command line of the next page", () => {
  const flagsOf = (words: readonly string[]): PageFlags => {
    const command = new Command().argument("[words...]");
    return addPage(addTraceOptions(command)).exitOverride().parse(words, { from: "user" }).opts();
  };

  it("asks for the same traces, behind the cursor", () => {
    const flags = flagsOf([
      ...["--agent", "it's mine", "--from", "2026-01-30", "--min-reward=-0.5", "--tag=-x"],
      ...["--store", "sqlite:./a b.db", "--order", "reward", "--ascending", "--limit", "3"],
    ]);
    const line = nextLine("traces search", ["two words", "more"], flags, "AbC_-");
    expect(line).toBe(
      "npx hone traces search 'two words' more --store 'sqlite:./a b.db' --agent 'it'\\''s mine' --from 2026-01-30T00:00:00.000Z --min-reward=-0.5 --tag=-x --order reward --limit 3 --cursor AbC_- --ascending",
    );
  });

  it("leaves defaults out", () => {
    expect(nextLine("traces list", [], flagsOf([]), "x")).toBe("npx hone traces list --cursor x");
  });

  it("holds no password, and says where to put it", () => {
    const flags = flagsOf(["--store", "postgres://ada:pw@db.example/traces"]);
    expect(nextLine("traces list", [], flags, "x")).toBe(
      "npx hone traces list --store postgres://ada@db.example/traces --cursor x  (password: PGPASSWORD)",
    );
  });
});
