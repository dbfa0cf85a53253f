/** What the command line does with model folders and with the Hugging Face cache, as the engine does it. */
export { cachedModels, clearCachedModel } from "../../engine/hub/hub-cache.ts";
export { describeModel } from "../../engine/model-files/describe-model.ts";
export { importGguf } from "../../engine/gguf/import-gguf.ts";
