// The same agent as a function, which answers task after task in a process that has loaded it once:
//   npx hone improve --agent support --agent-file examples/support/answer-task.ts …
import { answer } from "./agent.ts";

export default ({ question }: { readonly question: string }): Promise<string> => answer(question);
