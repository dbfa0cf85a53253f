/** Errors of rollouts, environments and domains: tasks, prompts, what an agent acts in. */
import type { OptionNaming } from "../option-naming.ts";
import { failureAdvice } from "../failure-text.ts";

export const rolloutErrors = {
  EQUATION_INVALID: (f: { equation: string; problem: string }) => ({
    what: `The equation "${f.equation}" cannot be used: ${f.problem}.`,
    fix: 'Write a linear equation in x with one solution, such as "3x + 7 = 16" or "2(x - 1) = x/3 + 5".',
  }),
  SITUATION_INVALID: (f: { situation: string; problem: string }) => ({
    what: `The situation "${f.situation}" cannot be used: ${f.problem}.`,
    fix: 'Write it as "bakery: cash 60, market 300; shop cash 40, share 5, margin 4.1, spread 30; van cash 20, share 3, margin 3, spread 10".',
  }),
  BRIEF_INVALID: (f: { brief: string; problem: string }) => ({
    what: `The brief "${f.brief}" cannot be used: ${f.problem}.`,
    fix: 'Write it as "happy story about cat: apple, garden; 14 to 26 words; 2 paragraphs; without dog"; all behind the points may be left out.',
  }),
  QUESTION_INVALID: (f: { question: string; problem: string }) => ({
    what: `The question "${f.question}" cannot be used: ${f.problem}.`,
    fix: 'Ask as "Who wrote Ember?" or "In which country was the author of Ember born?" does; domains/mhqa/README.md has all forms. Questions in other words are asked about a text behind an empty line, or the sample library.',
  }),
  CORPUS_UNREADABLE: (f: { folder: string; reason: string }) => ({
    what: `The corpus ${f.folder} cannot be read (${f.reason}).`,
    fix: "Give a folder with documents as .md or .txt files in UTF-8.",
  }),
  CUSTOMER_INVALID: (f: { text: string; problem: string; shop: string }) => ({
    what: `The customer "${f.text}" cannot be served: ${f.problem}.`,
    fix: `Write the name, a colon and requests, as "name: Please cancel my order 17. Where is my order 23?"; domains/tau/README.md has all forms. The shop has the orders ${f.shop}.`,
  }),
  CODE_PROBLEM_INVALID: (f: { problem: string; why: string }) => ({
    what: `The programming problem "${f.problem}" cannot be used: ${f.why}.`,
    fix: 'Write steps that follow each other, with commas between them, such as "keep above 3, sum" or "split words, count words"; domains/code/README.md lists them all.',
  }),
  CAPTIONS_INVALID: (f: { line: number; problem: string }) => ({
    what: `The captions cannot be used: line ${f.line}: ${f.problem}.`,
    fix: "Give the text of a .srt or .vtt file, or lines such as `[0:12] Mia washes the cup` in the order of their times; domains/video/README.md has all forms.",
  }),
  VIDEO_QUESTION_INVALID: (f: { question: string; problem: string }) => ({
    what: `The question "${f.question}" cannot be answered from the captions: ${f.problem}.`,
    fix: 'Ask as `What happens right after "Mia washes the cup"?` does, with the words of one caption; domains/video/README.md has all forms.',
  }),
  SWE_PROBLEM_INVALID: (f: { issue: string; problem: string }) => ({
    what: `The repository "${f.issue}" cannot be used: ${f.problem}.`,
    fix: "Name a library, as `repair range` does, or write what is wrong and, behind an empty line, the files, each after a line `=== src/range.js`; tests are under test/, those that decide under hidden/.",
  }),
  TASKS_EXHAUSTED: (f: { where: string; wanted: number; available: number }) => ({
    what: `${f.where} was asked for ${f.wanted} different tasks; only ${f.available} were found.`,
    fix: "Ask for fewer tasks, or add levels.",
  }),
  DOMAIN_NOT_FOUND: (f: { domain: string; names: string }) => ({
    what: `There is no domain ${f.domain}; those of hone are ${f.names}.`,
    fix: "Name one of hone's, or a file such as ./my-domain.ts; `npx hone init domain my-domain` writes one.",
  }),
  DOMAIN_FAILED: (f: { domain: string; doing: string; problem: string; place?: string }) => ({
    what: `The domain ${f.domain} failed when ${f.doing}${f.place === undefined ? "" : ` (${f.place})`}: ${f.problem}`,
    fix: "Correct the file; it runs as it stands, on Node, which strips types but knows no enums. What it imports must be installed beside it.",
  }),
  DOMAIN_INVALID: (f: { domain: string; problem: string }) => ({
    what: `The domain ${f.domain} cannot be used: ${f.problem}.`,
    fix: "Write `export default defineDomain({ tasks, environment, … })` with defineDomain of hone-rl/environments.",
  }),
  DOMAIN_WITHOUT_TASKS: (f: { domain: string; split: string; levels: string }) => ({
    what: `The domain ${f.domain} gives no tasks of the split "${f.split}" at the levels ${f.levels}.`,
    fix: "Give each split at least one task of every level, or ask for other levels.",
  }),
  DOMAIN_SPLITS_SHARED: (f: { domain: string; count: number; of: number; names: string }) => ({
    what: `${f.count} of ${f.of} test tasks of the domain ${f.domain} are training tasks, too (${f.names}), by their ids or by their fields.`,
    fix: "Put each task into one split only: what is trained on is not held out.",
  }),
  DOMAIN_PROBLEMS_ABSENT: (f: { domain: string }) => ({
    what: `The domain ${f.domain} does not say how a problem that a user writes becomes a task.`,
    fix: "Ask the model itself (npx hone chat, or /v1/chat/completions of npx hone serve). In a domain of yours, write a `problem`: a function from the text to a task (docs/domains.md).",
  }),
  PROBLEM_INVALID: (f: { domain: string; problem: string }) => ({
    what: `The text is no problem of the domain ${f.domain}: ${f.problem}${/[.!?…]["`)]?$/.test(f.problem) ? "" : "."}`,
    fix: `Write it as the domain's tasks are written; \`npx hone domains ${f.domain}\` shows some.`,
  }),
  DOMAIN_EXPERT_ABSENT: (f: { domain: string }) => ({
    what: `The domain ${f.domain} has no expert to learn from.`,
    fix: "Give it an `expert`, or learn from rewards with `npx hone train grpo`.",
  }),
  PROMPT_TOO_LONG: (f: { promptTokens: number; contextLength: number }, option: OptionNaming) => ({
    what: `The prompt has ${f.promptTokens} tokens; the model's context holds ${f.contextLength}, and the reply needs at least one of them.`,
    fix: `Shorten the messages, end the conversation after fewer turns (${option("maxActions")}), give replies less room (${option("maxTokens")}), or use a model with a longer context.`,
  }),
  /** `source`: what it says that it learns from, "dataset" or "preferences". */
  ROLLOUTS_ABSENT: (f: { algorithm: string; source: string }) => ({
    what: `The algorithm "${f.algorithm}" asked for rollouts, but it says that it learns from given data (source "${f.source}").`,
    fix: 'Leave out its `source`, or say "rollouts", and give the run training tasks.',
  }),
  ALL_ROLLOUTS_FAILED: (
    f: {
      /** When they ran: "in step 1 of grpo", "of runs/7f3a". */
      where: string;
      count: number;
      /** The part in which most of them failed, see `Boundary`. */
      boundary: string;
      /** How most of them failed, as `failureText` words it. */
      problem: string;
    },
    option: OptionNaming,
  ) => ({
    what: `All ${f.count} rollouts ${f.where} failed, most of them ${f.problem}`,
    fix: failureAdvice(f.boundary, option, f.problem),
  }),
  ENVIRONMENT_FAILED: (f: { doing: string; problem: string }) => ({
    what: `The environment failed at ${f.doing}: ${f.problem}`,
    fix: "Correct the environment: it must answer every action, also a wrong one, without throwing. The error's cause is what it threw.",
  }),
  /** `place`: the line of the function that chose it. */
  ACTION_INVALID: (f: { who: string; got: string; place?: string }) => ({
    what: `${f.who} chose ${f.got} as its action${f.place === undefined ? "" : ` (${f.place})`}; an action is { name, argument } with a text as its name, and a text or nothing as its argument.`,
    fix: "Correct the function that chooses: `selectAction` of an expert or agent, or `parse` of a domain's format.",
  }),
  TOOL_FAILED: (f: { tool: string; problem: string }) => ({
    what: `The tool ${f.tool} failed: ${f.problem}`,
    fix: 'Correct the tool, or let the model see its errors with toolLoop({ toolErrors: "tell" }). The error\'s cause is what it threw.',
  }),
  COMMAND_FAILED: (f: { command: string; problem: string; stderr: string }) => ({
    what: `The program \`${f.command}\` ${f.problem}; the end of its stderr: ${f.stderr}.`,
    fix: "Run the program on its own with a task on stdin; it must end with exit code 0, and its last line on stdout is its answer.",
  }),
  TOOLS_NOT_REPLAYED: (f: { command: string }) => ({
    what: `The program \`${f.command}\` loaded no SDK whose tools could be answered from the recording; tools that it called have run for real. The run stops here.`,
    fix: "Run it with Node, keep NODE_OPTIONS, and leave the package ai, @langchain/core or @openai/agents-core out of bundles (external in esbuild, serverExternalPackages in Next). Tools of your own code are answered where it runs them by `tool()` of hone-rl/tracing.",
  }),
  TOOL_SERVER_FAILED: (f: { server: string; problem: string }) => ({
    what: `The MCP server ${f.server} cannot be used: ${f.problem}`,
    fix: "Check that it starts and answers on its own, for example with `npx @modelcontextprotocol/inspector`.",
  }),
  PACKAGE_MISSING: (f: { name: string; where: string; problem: string }) => ({
    what: `${f.where} needs the package ${f.name}, which cannot be loaded: ${f.problem}`,
    fix: `Install it beside hone-rl with \`npm install ${f.name}\`.`,
  }),
  REWARD_INVALID: (f: { part: string; got: string }) => ({
    what: `The reward function gave ${f.part} = ${f.got}; a reward is a finite number.`,
    fix: 'Return a finite number, or { total, components, source } with such numbers. A function without `return` gives undefined; a number as text ("1") needs Number(…).',
  }),
  EVALUATIONS_DIFFER: (f: { difference: string }) => ({
    what: `The two evaluations cannot be compared task by task: ${f.difference}.`,
    fix: "Make both evaluations with the same tasks and the same mode (`greedy` or `sampled`).",
  }),
} as const;
