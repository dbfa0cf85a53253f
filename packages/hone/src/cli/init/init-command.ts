/** `hone init agent` and `hone init domain`: a folder to begin from. */
import type { TemplateName } from "../../app/init/templates.ts";
import { shortPath } from "../../app/training/run-figures.ts";
import { type CommandDefinition, defineCommand } from "../command.ts";
import { shellWord } from "../../core/shell-word.ts";

/** The command of a template. */
export const initCommand = (template: TemplateName): CommandDefinition =>
  defineCommand({
    examples: [`npx hone init ${template} my-${template}`],
    notes: [
      "Its `npm test` and `npm run train` work at once; its README.md says more.",
      `Without an install before it: npm create hone-rl ${template} my-${template}`,
    ],
    define: (command) => void command.argument("<folder>", "new or empty"),
    run: async ({ values, terminal }) => {
      const { initFolder } = await import("../../app/init/init-folder.ts");
      const made = await initFolder(template, values[0]!);
      const folder = shortPath(made.folder);
      terminal.tell(
        { ...made },
        [
          `${folder}: ${made.files.join(", ")}`,
          ...(made.unpacked === undefined
            ? []
            : [
                "  This hone is that of a checkout, whose package is installed from a tarball; once:",
                `  → (cd ${shellWord(made.unpacked)} && npm run pack)`,
              ]),
          `  → cd ${shellWord(folder)} && npm install && npm test && npm run train`,
        ].join("\n"),
      );
    },
  });
