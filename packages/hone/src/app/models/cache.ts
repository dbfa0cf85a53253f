/** The Hugging Face cache, for the command line. */
export { cachedModels, clearCachedModel } from "../../engine/hub/hub-cache.ts";
