/** `hone doctor`: examines this machine and says what is wrong and how to mend it. */
import { HoneError } from "../../core/errors.ts";
import { defineCommand } from "../command.ts";
import { threadsOption } from "../options.ts";

interface Flags {
  readonly threads?: number;
}

const marks = { ok: "✓", absent: "·", warning: "!", problem: "✗" } as const;
const colours = { ok: "green", absent: "gray", warning: "yellow", problem: "red" } as const;

export const command = defineCommand<Flags>({
  examples: ["npx hone doctor", "npx hone doctor --json      # to attach to a report"],
  notes: ["Takes about three seconds."],
  exitCode: "1 when something keeps hone from working",
  define: (command) => void command.addOption(threadsOption()),
  run: async ({ flags, terminal, signal }) => {
    const { examineMachine } = await import("../../app/models/examine-machine.ts");
    const problems: string[] = [];
    let warnings = 0;
    for await (const finding of examineMachine({ ...flags, signal })) {
      const { name, status, text, fix } = finding;
      if (status === "problem") problems.push(name);
      if (status === "warning") warnings++;
      const mark = terminal.style(colours[status], marks[status]);
      const arrow = fix === undefined ? "" : `\n${" ".repeat(22)}→ ${fix}`;
      terminal.tell(
        { event: "finding", ...finding },
        `${mark} ${name.padEnd(18)}  ${text}${arrow}`,
      );
    }
    terminal.emit({ problems, warnings });
    if (problems.length > 0) throw new HoneError("DOCTOR_PROBLEMS", { problems });
  },
});
