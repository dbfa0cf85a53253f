/** People in a browser: a queue made on its page, a name given, judgements by keys. */
import type { Page } from "playwright-core";
import type { Feedback } from "../../packages/hone/src/core/feedback.ts";
import { storedTraces } from "./stored-traces.ts";

/** What is asked, as the page of new queues calls it. */
interface AskedQueue {
  readonly name: string;
  readonly kind: "Rate 1 to 5" | "Good or bad" | "Compare two" | "Correct";
  /** Number of people for each item. Default 1. */
  readonly people?: number;
}

/** Makes a queue of all traces by keyboard, and waits for its page. */
export async function makeQueueOn(page: Page, url: string, asked: AskedQueue): Promise<void> {
  await page.goto(`${url}/new-queue`);
  await page.getByLabel("Name").fill(asked.name);
  await page.getByRole("radio", { name: asked.kind }).press("Space");
  const people = page.getByLabel("People for each item");
  await people.fill(String(asked.people ?? 1));
  await people.press("Enter");
  await page.waitForURL(`**/people/${asked.name}`);
}

/** Gives a name on the page of judging that is open, and waits for the first item. */
export async function beginAs(page: Page, rater: string): Promise<void> {
  await page.getByLabel("Your name").fill(rater);
  await page.keyboard.press("Enter");
  await page.getByRole("form", { name: "Your judgement" }).waitFor();
}

/** Opens a queue for judging under a name. */
export async function judgeAs(page: Page, url: string, name: string, rater: string): Promise<void> {
  await page.goto(`${url}/people/${name}/judge`);
  await beginAs(page, rater);
}

/** Presses keys for the item that is shown, and waits until so many are judged by this person. */
export async function pressFor(
  page: Page,
  count: number,
  ...keys: readonly string[]
): Promise<void> {
  for (const key of keys) await page.keyboard.press(key);
  await page.getByText(`${count} by you`, { exact: true }).waitFor();
}

/** The answer that is shown in the region of this name. */
export const shownAnswer = (page: Page, region = "Answer"): Promise<string> =>
  page.getByRole("region", { name: region, exact: true }).locator(".said").innerText();

/** What people said in this way, each once, as commands find it in the store. */
export async function saidIn<K extends Feedback["kind"]>(
  url: string,
  kind: K,
): Promise<readonly Extract<Feedback, { kind: K }>[]> {
  const traces = await storedTraces(url);
  const all = new Map(traces.flatMap(({ feedback = [] }) => feedback).map((one) => [one.id, one]));
  const isOfKind = (one: Feedback): one is Extract<Feedback, { kind: K }> => one.kind === kind;
  return [...all.values()].filter(isOfKind);
}
