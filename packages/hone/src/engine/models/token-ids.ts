import { HoneError } from "../../core/errors.ts";

/**
 * Checks that a model has all tokens of a row.
 *
 * @param where  names the row in the error
 * @throws TOKEN_OUT_OF_RANGE naming the first id that the model does not have
 */
export function checkIds(ids: readonly number[], where: string, vocabularySize: number): void {
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i]!;
    if (!(Number.isInteger(id) && id >= 0 && id < vocabularySize)) {
      throw new HoneError("TOKEN_OUT_OF_RANGE", { where, position: i, id, vocabularySize });
    }
  }
}
