/** `modelTeacher`: a model by its name as a teacher to distil from. */
import type { OpenedTeacher, Teacher } from "../../algorithms/supervised/teacher-scores.ts";
import { HoneError } from "../../core/errors.ts";
import { optionChecks } from "../../core/option-checks.ts";
import type { Renderer } from "../../ports/renderer.ts";
import { tokenizerPrint } from "../../rollouts/tokenizer-print.ts";
import { findModel } from "./find-model.ts";
import { openFound } from "./open-found.ts";

/**
 * A teacher for `distill`: a model, opened in this process beside the trained model, when training begins.
 *
 * @param model  a folder, a run, an adapter, a .gguf file or a Hugging Face id, whose tokenizer is that of the trained model
 * @throws OPTION_INVALID for a name that is no text; when it is opened MODEL_NOT_FOUND, TOKENIZERS_DIFFER and as `openPolicy`
 * @example const algorithm = distill({ teacher: modelTeacher("Qwen/Qwen3-1.7B"), steps: 50, learningRate: 1e-4 });
 */
export function modelTeacher(model: string): Teacher {
  optionChecks("modelTeacher").text("model", model);
  return { name: model, open: (student) => openTeacher(model, student) };
}

/** A teacher whose model is there. @throws MODEL_NOT_FOUND and as `findModel` */
export async function foundTeacher(model: string): Promise<Teacher> {
  await findModel(model);
  return modelTeacher(model);
}

async function openTeacher(model: string, student: Renderer): Promise<OpenedTeacher> {
  const { engine, policy } = await openFound(await findModel(model));
  const close = async (): Promise<void> => {
    await policy.close();
    await engine.close();
  };
  try {
    const [ours, theirs] = await Promise.all([student, engine.renderer].map(tokenizerPrint));
    if (ours !== theirs) throw new HoneError("TOKENIZERS_DIFFER", { teacher: model });
  } catch (error) {
    await close();
    throw error;
  }
  return { policy, close };
}
