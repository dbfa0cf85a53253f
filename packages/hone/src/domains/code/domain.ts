/** Programming problems, as domains for every command that takes one: one for each language. */
import { defineDomain, type DomainDefinition } from "../../environments/domain.ts";
import { codeRunner } from "./code-runner.ts";
import { codeEnvironment, codeMaxActions } from "./environment.ts";
import { codeExpert } from "./expert.ts";
import { compactCodeFormat, instructedCodeFormat } from "./format.ts";
import type { CodeLanguage } from "./operations.ts";
import { codeReward } from "./rewards.ts";
import { type CodeLevel, type CodeTask, codeTask, codeTasks } from "./tasks.ts";
import { writtenFunction } from "./written-function.ts";

/** Functions in JavaScript. */
export const javascriptDomain = codeDomain("javascript");

/** Functions in Python. */
export const pythonDomain = codeDomain("python");

/** The programming problems of one language. Its interpreter starts with the first program, and ends with the domain's last user. */
function codeDomain(language: CodeLanguage): DomainDefinition<CodeTask> {
  const runner = codeRunner();
  return defineDomain({
    levels: 3,
    // codeTasks refuses levels that do not exist.
    tasks: ({ levels, ...rest }) =>
      codeTasks({ ...rest, levels: levels as readonly CodeLevel[], languages: [language] }),
    environment: (options) => codeEnvironment({ ...options, runner }),
    maxActions: codeMaxActions,
    reward: codeReward,
    expert: codeExpert,
    problem: (text) => codeTask(text, { language }),
    problemText: ({ problem }) => problem,
    solution: writtenFunction,
    format: { compact: compactCodeFormat, instructed: instructedCodeFormat },
    close: () => runner.close(),
  });
}
