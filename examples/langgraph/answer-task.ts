// The agent as a function that answers task after task: --agent-file examples/langgraph/answer-task.ts
import { answer } from "./agent.ts";

export default ({ question }: { readonly question: string }): Promise<string> => answer(question);
