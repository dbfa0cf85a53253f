/** The entrance `hone-rl/agents`: agents made of models, and teams made of agents. */
export {
  aiSdkChatModel,
  type AiSdkChatModelOptions,
  type AiSdkModel,
  type ModelUsage,
} from "./agents/ai-sdk-chat-model.ts";
export { namedChatModel, type NamedModelOptions } from "./agents/named-chat-model.ts";
export { tool, type Tool, type ToolContext, type ToolOptions } from "./agents/tools/tool.ts";
export {
  toolLoop,
  type ToolLoopAnswer,
  type ToolLoopCounts,
  type ToolLoopOptions,
} from "./agents/tools/tool-loop.ts";
export { asAgent } from "./agents/as-agent.ts";
export { toolSettings } from "./agents/call-options.ts";
export { serveMcpTools, type ServeMcpOptions } from "./agents/tools/serve-mcp.ts";
export { toolsForAiSdk } from "./agents/tools/to-ai-sdk.ts";
export { toolsFromAiSdk, type AiSdkTool } from "./agents/tools/ai-sdk-tools.ts";
export {
  toolsFromMcp,
  type McpAddress,
  type McpClient,
  type McpCommand,
  type McpTool,
  type McpTools,
} from "./agents/tools/mcp-tools.ts";
export { command, type CommandOptions } from "./app/serving/command-agent.ts";
export { policyEndpoint, type PolicyEndpoint } from "./app/serving/policy-endpoint.ts";
export type {
  LanguageModelVersion,
  PolicyLanguageModel,
  RecordedCallMetadata,
} from "./ports/language-model.ts";
export type { ChatAgent } from "./ports/agent.ts";
export { chatModelMember, type ChatModelMemberOptions } from "./agents/team/chat-model-member.ts";
export { scriptedMember, type ScriptedStep } from "./agents/team/scripted-member.ts";
export { runTeam, teamEvents } from "./agents/team/team.ts";
export type { TeamOptions } from "./agents/team/team-options.ts";
export type {
  ChatModel,
  ChatOptions,
  ChatPart,
  ChatTextPart,
  ChatToolCallPart,
  ChatTurnPart,
  RecordingChatModel,
} from "./ports/chat-model.ts";
export type {
  MemberPart,
  TeamEvaluation,
  TeamEvaluator,
  TeamMember,
  TeamTool,
  TeamToolReply,
  TeamTurn,
} from "./ports/team-member.ts";
export type { JsonFormat, ResponseFormat } from "./core/response-format.ts";
export type { NamedToolChoice, ToolChoice, ToolDefinition } from "./core/tools.ts";
export type { ToolCall } from "./core/message.ts";
export type {
  TeamAnswer,
  TeamEnding,
  TeamEvent,
  TeamEventName,
  TeamFailure,
  TeamOutcome,
  TeamRestart,
  TeamVote,
} from "./core/team.ts";
