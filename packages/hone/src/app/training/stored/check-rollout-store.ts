/** The check of where a run keeps its rollouts. */
import { isObject } from "../../../core/json.ts";
import { optionChecks } from "../../../core/option-checks.ts";
import type { RolloutStoreOptions } from "./open-recorder.ts";

/** @param where  the function whose options they are @throws OPTION_INVALID */
export function checkRolloutStore(
  where: string,
  { store, keepRollouts }: RolloutStoreOptions,
): void {
  const check = optionChecks(where);
  const isOpen = isObject(store) && typeof store["put"] === "function";
  if (store !== undefined && typeof store !== "string" && !isOpen)
    throw check.invalid("store", store, "the address of a store, or an open store");
  if (keepRollouts === undefined || keepRollouts === "all" || keepRollouts === "none") return;
  const isShare = typeof keepRollouts === "number" && keepRollouts >= 0 && keepRollouts <= 1;
  if (!isShare)
    throw check.invalid("keepRollouts", keepRollouts, '"all", "none", or a share from 0 to 1');
}
