/** What a run records of the place of its rollouts, so that a resume writes to the same one. */
import { shownAddress } from "../../../core/shown-address.ts";
import { lastingAddress } from "../../open-store.ts";
import type { RolloutStoreOptions } from "./open-recorder.ts";

/**
 * The settings as JSON. An address is the same from every folder, and without its password; an open store has none.
 * @throws STORE_URL_INVALID
 */
export const recordedStore = ({ store, keepRollouts }: RolloutStoreOptions) => ({
  ...(typeof store === "string" ? { store: shownAddress(lastingAddress(store)) } : {}),
  ...(keepRollouts === undefined ? {} : { keepRollouts }),
});
