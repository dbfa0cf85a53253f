/** Questions about a documentation, answered with a text and the images that help. Rules and rewards: multimodal/README.md. */
export {
  type ExtractedImages,
  extractImages,
  type ExtractOptions,
  type ExtractStats,
  type KnownDocument,
} from "../data/content/extract-images.ts";
export type { ContentFolder } from "../data/content/content-files.ts";
export { imageConfidence, type RatedImage } from "../data/content/image-confidence.ts";
export type { ConfidenceBand, ImagePair, ImageType } from "../core/image-pair.ts";
export {
  multimodalAgent,
  type MultimodalAgentOptions,
  type MultimodalAnswer,
} from "./multimodal/agent.ts";
export {
  type Documentation,
  documentation,
  sampleDocumentation,
} from "./multimodal/documentation.ts";
export { multimodalDomain } from "./multimodal/domain.ts";
export {
  multimodalActions,
  multimodalCosts,
  multimodalEnvironment,
  type MultimodalEnvironmentOptions,
} from "./multimodal/environment.ts";
export { multimodalExpert, type MultimodalExpertOptions } from "./multimodal/expert.ts";
export { compactMultimodalFormat, instructedMultimodalFormat } from "./multimodal/format.ts";
export { imageSearchTool, type OnImagesFound } from "./multimodal/image-search-tool.ts";
export {
  type ImageResult,
  type ImageSearch,
  imageSearch,
  type ImageSearchOptions,
} from "./multimodal/image-search.ts";
export {
  type ReplyMetrics,
  replyMetrics,
  type ReplyReference,
  replyWeights,
} from "./multimodal/metrics.ts";
export type { DrawQuestions, MultimodalTask } from "./multimodal/questions.ts";
export {
  type MultimodalReply,
  multimodalReplySchema,
  parseReply,
  type ReplyImage,
} from "./multimodal/reply.ts";
export { multimodalEpisodeReward, multimodalReward } from "./multimodal/rewards.ts";
export { type SampleFile, sampleSite } from "./multimodal/sample-site.ts";
export { multimodalSystemPrompt } from "./multimodal/system-prompt.ts";
