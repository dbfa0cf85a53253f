/**
 * The table of domains: one row for each. Flags, help and every command that takes `--domain` are derived from it. A file of
 * a user's is a domain, too, by its path.
 */
import { compactBusinessFormat, instructedBusinessFormat } from "../domains/business/format.ts";
import { businessEnvironment, businessMaxActions } from "../domains/business/environment.ts";
import { businessExpert } from "../domains/business/expert.ts";
import { businessReward } from "../domains/business/rewards.ts";
import {
  type BusinessLevel,
  type BusinessTask,
  businessTask,
  businessTasks,
} from "../domains/business/tasks.ts";
import { codeRunner } from "../domains/code/code-runner.ts";
import { codeEnvironment, codeMaxActions } from "../domains/code/environment.ts";
import { codeExpert } from "../domains/code/expert.ts";
import { compactCodeFormat, instructedCodeFormat } from "../domains/code/format.ts";
import type { CodeLanguage } from "../domains/code/operations.ts";
import { codeReward } from "../domains/code/rewards.ts";
import { type CodeLevel, type CodeTask, codeTask, codeTasks } from "../domains/code/tasks.ts";
import { writtenFunction } from "../domains/code/written-function.ts";
import { compactMathFormat, instructedMathFormat } from "../domains/math/format.ts";
import { mathEnvironment, mathMaxActions } from "../domains/math/environment.ts";
import { mathExpert } from "../domains/math/expert.ts";
import { mathReward } from "../domains/math/rewards.ts";
import {
  equationTasks,
  type EquationTask,
  type MathLevel,
  mathProblem,
} from "../domains/math/tasks.ts";
import { compactWritingFormat, instructedWritingFormat } from "../domains/writing/format.ts";
import { writingEnvironment, writingMaxActions } from "../domains/writing/environment.ts";
import { writingExpert } from "../domains/writing/expert.ts";
import { writingReward, writtenText } from "../domains/writing/rewards.ts";
import {
  type WritingLevel,
  type WritingTask,
  writingTask,
  writingTasks,
} from "../domains/writing/tasks.ts";
import {
  tauEnvironment,
  tauExpert,
  tauProblem,
  tauReward,
  type TauTask,
} from "../domains/tau/any-shop.ts";
import { serviceMaxActions } from "../domains/tau/environment.ts";
import { compactServiceFormat, instructedServiceFormat } from "../domains/tau/format.ts";
import { saidWords } from "../domains/tau/rewards.ts";
import { type ServiceLevel, serviceTask, serviceTasks } from "../domains/tau/tasks.ts";
import { openCorpora } from "../domains/mhqa/corpus.ts";
import { questionEnvironment, questionMaxActions } from "../domains/mhqa/environment.ts";
import { questionExpert } from "../domains/mhqa/expert.ts";
import { compactQuestionFormat, instructedQuestionFormat } from "../domains/mhqa/format.ts";
import { questionReward } from "../domains/mhqa/rewards.ts";
import {
  problemOf as questionProblem,
  type QuestionLevel,
  questionTask,
  type QuestionTask,
  questionTasks,
} from "../domains/mhqa/tasks.ts";
import { sampleDocumentation } from "../domains/multimodal/documentation.ts";
import { multimodalDomain } from "../domains/multimodal/domain.ts";
import type { MultimodalTask } from "../domains/multimodal/questions.ts";
import { meetingEnvironment } from "../domains/meetings/environment.ts";
import { meetingExpert } from "../domains/meetings/expert.ts";
import { compactMeetingFormat, instructedMeetingFormat } from "../domains/meetings/format.ts";
import { meetingMaxActions } from "../domains/meetings/limits.ts";
import { meetingReward } from "../domains/meetings/rewards.ts";
import { type MeetingTask, meetingTasks } from "../domains/meetings/tasks.ts";
import { videoEnvironment, videoMaxActions } from "../domains/video/environment.ts";
import { videoExpert } from "../domains/video/expert.ts";
import { compactVideoFormat, instructedVideoFormat } from "../domains/video/format.ts";
import { videoReward } from "../domains/video/rewards.ts";
import { type VideoLevel, type VideoTask, videoTask, videoTasks } from "../domains/video/tasks.ts";
import { sweEnvironment, sweMaxActions, sweTools } from "../domains/swe/environment.ts";
import { sweExpert } from "../domains/swe/expert.ts";
import { compactSweFormat, instructedSweFormat } from "../domains/swe/format.ts";
import { repositoryText } from "../domains/swe/repository-text.ts";
import { sweReward } from "../domains/swe/rewards.ts";
import { type SweLevel, type SweTask, sweTask, sweTasks } from "../domains/swe/tasks.ts";
import { failClosed } from "../core/close-all.ts";
import { HoneError } from "../core/errors.ts";
import type { Task } from "../core/rollout.ts";
import { defineDomain, type DomainDefinition } from "../environments/domain.ts";
import { completeDomain, type Domain } from "./domains/complete-domain.ts";
import { importDomain, isDomainFile } from "./domains/import-domain.ts";

export type { Domain } from "./domains/complete-domain.ts";
export { domainFile, domainTitle, isDomainFile } from "./domains/import-domain.ts";

/** Opens the domains by the names that `--domain` takes. */
const domains = {
  math: opener<EquationTask>(
    "math",
    defineDomain({
      levels: 5,
      // equationTasks refuses levels that do not exist.
      tasks: ({ levels, ...rest }) =>
        equationTasks({ ...rest, levels: levels as readonly MathLevel[] }),
      environment: mathEnvironment,
      maxActions: mathMaxActions,
      reward: mathReward,
      expert: mathExpert,
      problem: mathProblem,
      problemText: ({ equation }) => equation,
      format: { compact: compactMathFormat, instructed: instructedMathFormat },
    }),
  ),
  business: opener<BusinessTask>(
    "business",
    defineDomain({
      levels: 4,
      // businessTasks refuses levels that do not exist.
      tasks: ({ levels, ...rest }) =>
        businessTasks({ ...rest, levels: levels as readonly BusinessLevel[] }),
      environment: businessEnvironment,
      maxActions: businessMaxActions,
      reward: businessReward,
      expert: businessExpert,
      problem: businessTask,
      problemText: ({ situation }) => situation,
      format: { compact: compactBusinessFormat, instructed: instructedBusinessFormat },
    }),
  ),
  writing: opener<WritingTask>(
    "writing",
    defineDomain({
      levels: 3,
      // writingTasks refuses levels that do not exist.
      tasks: ({ levels, ...rest }) =>
        writingTasks({ ...rest, levels: levels as readonly WritingLevel[] }),
      environment: writingEnvironment,
      maxActions: writingMaxActions,
      reward: writingReward,
      expert: writingExpert,
      problem: writingTask,
      problemText: ({ brief }) => brief,
      solution: writtenText,
      format: { compact: compactWritingFormat, instructed: instructedWritingFormat },
    }),
  ),
  meetings: opener<MeetingTask>(
    "meetings",
    defineDomain<MeetingTask>({
      tasks: ({ split, count, seed }) => meetingTasks({ split, count, seed }),
      environment: meetingEnvironment,
      maxActions: meetingMaxActions,
      reward: meetingReward,
      expert: meetingExpert,
      format: { compact: compactMeetingFormat, instructed: instructedMeetingFormat },
    }),
  ),
  mhqa: opener<QuestionTask>("mhqa", questionDomain()),
  tau: opener<TauTask>(
    "tau",
    defineDomain({
      levels: 3,
      // serviceTasks refuses levels that do not exist.
      tasks: ({ levels, ...rest }) =>
        serviceTasks({ ...rest, levels: levels as readonly ServiceLevel[] }),
      environment: tauEnvironment,
      maxActions: serviceMaxActions,
      reward: tauReward,
      expert: tauExpert,
      problem: serviceTask,
      problemText: tauProblem,
      solution: saidWords,
      format: { compact: compactServiceFormat, instructed: instructedServiceFormat },
    }),
  ),
  video: opener<VideoTask>(
    "video",
    defineDomain({
      levels: 3,
      // videoTasks refuses levels that do not exist.
      tasks: ({ levels, ...rest }) =>
        videoTasks({ ...rest, levels: levels as readonly VideoLevel[] }),
      environment: videoEnvironment,
      maxActions: videoMaxActions,
      reward: videoReward,
      expert: videoExpert,
      problem: videoTask,
      problemText: ({ question, captions }) => `${question}\n\n${captions}`,
      format: { compact: compactVideoFormat, instructed: instructedVideoFormat },
    }),
  ),
  multimodal: opener<MultimodalTask>("multimodal", multimodalDomain(sampleDocumentation)),
  swe: opener<SweTask>("swe", repositoryDomain()),
  code: opener<CodeTask>("code", codeDomain("javascript")),
  "code-python": opener<CodeTask>("code-python", codeDomain("python")),
} satisfies Readonly<Record<string, () => Domain>>;

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

/** Repositories with failing tests. The processes of their tests and scripts stay from one episode to the next. */
function repositoryDomain(): DomainDefinition<SweTask> {
  const tools = sweTools();
  return defineDomain({
    levels: 3,
    // sweTasks refuses levels that do not exist.
    tasks: ({ levels, ...rest }) => sweTasks({ ...rest, levels: levels as readonly SweLevel[] }),
    environment: (options) => sweEnvironment({ ...options, tools }),
    maxActions: sweMaxActions,
    reward: (rollout) => sweReward(rollout, tools),
    expert: sweExpert,
    problem: sweTask,
    problemText: (task) => `${task.issue}\n\n${repositoryText(task)}`,
    format: { compact: compactSweFormat, instructed: instructedSweFormat },
    close: async () => {
      await Promise.all([tools.runner.close(), tools.shell.close()]);
    },
  });
}

/** Questions over documents. Indexes of documents stay open from one episode to the next. */
function questionDomain(): DomainDefinition<QuestionTask> {
  const corpora = openCorpora();
  return defineDomain({
    levels: 3,
    // questionTasks refuses levels that do not exist.
    tasks: ({ levels, ...rest }) =>
      questionTasks({ ...rest, levels: levels as readonly QuestionLevel[] }),
    environment: (options) => questionEnvironment({ ...options, corpora }),
    maxActions: questionMaxActions,
    reward: questionReward,
    expert: questionExpert,
    problem: questionTask,
    problemText: questionProblem,
    format: { compact: compactQuestionFormat, instructed: instructedQuestionFormat },
    close: () => corpora.close(),
  });
}

function opener<T extends Task>(name: string, definition: DomainDefinition<T>): () => Domain<T> {
  return () => completeDomain(name, definition);
}

export const domainNames: readonly string[] = Object.keys(domains);

/** Other names of domains, which are accepted wherever a domain is named. */
const otherNames: Readonly<Record<string, string>> = { qa: "mhqa", service: "tau" };

/** The name of a domain in the table; any other name, and the path of a file, as it is. @example canonicalDomain("qa"); // "mhqa" */
export const canonicalDomain = (name: string): string =>
  (Object.hasOwn(otherNames, name) ? otherNames[name] : undefined) ?? name;

/**
 * The domain of a name, or of the path of a user's file, with the type of its tasks erased. It is in use until its `close`.
 * @throws DOMAIN_NOT_FOUND; USER_FILE_INVALID, DOMAIN_INVALID, DOMAIN_SPLITS_SHARED for a file
 * @example const domain = await openDomain("./my-domain.ts");
 */
export async function openDomain(given: string): Promise<Domain> {
  const name = canonicalDomain(given);
  if (Object.hasOwn(domains, name)) return domains[name as keyof typeof domains]();
  if (isDomainFile(name)) return completeDomain(name, await importDomain(name));
  throw new HoneError("DOMAIN_NOT_FOUND", { domain: name, names: domainNames.join(", ") });
}

/**
 * Opens a domain for a piece of work, and closes it when that has ended, however it ends.
 * @throws as `openDomain` and `work`
 * @example await withDomain("math", (domain) => domain.tasks({ split: "test", count: 9, levels: [1], seed: 0 }));
 */
export async function withDomain<Result>(
  name: string,
  work: (domain: Domain) => Result | Promise<Result>,
): Promise<Result> {
  const domain = await openDomain(name);
  const close = (): Promise<void> => domain.close();
  const result = await Promise.resolve(domain)
    .then(work)
    .catch((error: unknown) => failClosed(error, [close]));
  await close();
  return result;
}

/**
 * Opens a domain for what stays open behind this call.
 * @returns what `open` gives, with a `close` that closes the domain; when `open` throws, the domain is closed at once
 * @throws as `openDomain` and `open`
 */
export async function holdDomain<Opened extends object>(
  name: string,
  open: (domain: Domain) => Promise<Opened>,
): Promise<Opened & { readonly close: () => Promise<void> }> {
  const domain = await openDomain(name);
  try {
    return { ...(await open(domain)), close: () => domain.close() };
  } catch (error) {
    return failClosed(error, [() => domain.close()]);
  }
}
