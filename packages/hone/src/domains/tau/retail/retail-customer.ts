/**
 * A customer of τ²-bench's shop, played by rules. The benchmark has a model play it; these rules only say its instructions, piece
 * by piece, so that figures are not those of the benchmark.
 */
import { searchWords } from "../../../core/search-words.ts";
import type { RetailTask } from "../../../data/tau2/retail-task.ts";

const identityWords = ["email", "mail", "name", "zip", "identity", "verify", "authenticate", "who"];
const confirmWords = ["confirm", "yes", "proceed", "correct", "shall", "okay"];

/** What the customer says first. */
export const openingWords = ({ customer }: RetailTask): string => customer.reason;

/** What the customer answers to what the agent says; the same for the same words. */
export function answerWords({ customer }: RetailTask, said: string): string {
  const words = new Set(searchWords(said.replaceAll("e-mail", "email")));
  const { known, unknown, instructions, reason } = customer;
  if (identityWords.some((word) => words.has(word)) && known !== "")
    return [known, unknown].filter((text) => text !== "").join(" ");
  if (confirmWords.some((word) => words.has(word))) return "Yes.";
  return [reason, instructions].filter((text) => text !== "").join(" ");
}
