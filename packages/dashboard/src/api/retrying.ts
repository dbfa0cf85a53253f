/** When a question to the server is asked again. */
import { ServerProblem } from "./client.ts";

/** Whether asking again may help. What the server refused, it refuses again; one that does not answer may come back. */
export const mayPass = (error: unknown): boolean =>
  !(error instanceof ServerProblem && !error.mayPass);

/** For `refetchInterval`: a question that failed is asked again every few seconds while that may help. In ms; false: not again. */
export const untilAnswered = ({
  state,
}: {
  readonly state: { readonly error: unknown };
}): number | false => (state.error !== null && mayPass(state.error) ? 3000 : false);
