/** What `--context` of `hone train distill` names: the answer of the task, or a user's file. */
import type { TeacherContext } from "../../algorithms/supervised/teacher-scores.ts";
import { HoneError } from "../../core/errors.ts";
import { fieldsOf } from "../../core/json.ts";
import { shownValue } from "../../core/shown-value.ts";
import { defaultExportOf, isProgramName } from "../user-module.ts";

const example = "export default ({ task }) => `A hint: ${task.hint}`;";

/**
 * @throws CONFIG_INVALID for a name that is neither; USER_FILE_INVALID; of a task without an answer, once it is tried,
 *         CONFIG_INVALID
 */
export async function teacherContext(name: string): Promise<TeacherContext> {
  if (name === "answer") return answerContext;
  if (!isProgramName(name)) {
    const problem = `expected answer, or a .ts or .js file, got ${JSON.stringify(name)}.`;
    throw new HoneError("CONFIG_INVALID", { where: "--context", problem });
  }
  const given = await defaultExportOf(name, { what: "context", example });
  if (typeof given === "function") return given as TeacherContext;
  const problem = `its default export is ${shownValue(given)}, and must be a function of a rollout`;
  throw new HoneError("USER_FILE_INVALID", { file: name, what: "context", problem, example });
}

const answerContext: TeacherContext = ({ task }) => {
  const { answer } = fieldsOf(task);
  if (answer !== undefined && answer !== null)
    return `The right answer is: ${typeof answer === "string" ? answer : JSON.stringify(answer)}`;
  const problem = `the task ${task.id} has no answer; name a file that says what the teacher is told.`;
  throw new HoneError("CONFIG_INVALID", { where: "--context", problem });
};
