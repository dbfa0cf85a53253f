/** The roles of messages, by the names that providers, SDKs and telemetry give them. A new name is one row. */
import type { Role } from "../core/message.ts";

const roles: ReadonlyMap<unknown, Role> = new Map<unknown, Role>([
  ["system", "system"],
  ["developer", "system"],
  ["user", "user"],
  ["human", "user"],
  ["assistant", "assistant"],
  ["ai", "assistant"],
  ["model", "assistant"],
  ["tool", "tool"],
  ["function", "tool"],
]);

/** Our role for a name; undefined for a name that no row of the table has. */
export const roleNamed = (name: unknown): Role | undefined => roles.get(name);

/** Classes of LangChain's messages, as they are serialised. */
const messageClass = /^(System|Human|AI|Tool|Function|Chat)Message(?:Chunk)?$/;

/** The role of a class of LangChain; undefined for a ChatMessage, which names its own role, and for other classes. */
export const roleOfClass = (name: unknown): Role | undefined =>
  roleNamed(messageClass.exec(String(name))?.[1]?.toLowerCase());
