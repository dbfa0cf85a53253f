/** The policy of the shop, as the agent is given it. `requests.ts` has its rules as code. */
import { RETURN_DAYS } from "./requests.ts";

/** What an agent at the service desk must keep to. */
export const servicePolicy = [
  "Ask for the customer's email and find the customer by it before you read or change an order.",
  "Read and change only orders of this customer. Refuse requests about other orders.",
  "An order can be cancelled, or sent to another city, only while it is pending.",
  `An order can be returned only when it is delivered, and at most ${RETURN_DAYS} days ago.`,
  "Before you change an order, say what you are going to do, with the number of the order, and wait for a yes.",
  "Refuse what the policy does not allow, and change nothing then.",
  "Do nothing that the customer did not ask for.",
].join("\n");
