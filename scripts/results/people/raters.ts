/**
 * People in a browser, by keyboard alone: each has a name, a browser of their own, and a rule by which they judge. What they know is
 * what their page shows.
 */
import type { Browser, Locator, Page } from "playwright-core";
import { openPage } from "../../../test/doubles/browser.ts";
import { pressFor, shownAnswer } from "../../../test/doubles/judging.ts";
import { asked, qualityOf } from "./recorded.ts";

/** How somebody rates the two of three cases in which people differ: another calculation, and none. */
export interface Rule {
  readonly otherCalculation: number;
  /** Of an answer that says the right calculation with more behind it. */
  readonly rightWithMore: number;
}

/** Somebody who judges. */
export class Rater {
  readonly name: string;
  readonly page: Page;
  readonly #url: string;
  readonly #complaints: readonly string[];
  /** Keys that were pressed. */
  keys = 0;

  private constructor(name: string, url: string, opened: Awaited<ReturnType<typeof openPage>>) {
    this.name = name;
    this.#url = url;
    this.page = opened.page;
    this.#complaints = opened.complaints;
  }

  static async enter(browser: Browser, url: string, name: string): Promise<Rater> {
    const rater = new Rater(name, url, await openPage(browser));
    await rater.page.addInitScript(countKeys);
    return rater;
  }

  /** Opens an address, as one types it. */
  async goto(path: string): Promise<void> {
    await this.page.goto(this.#url + path);
  }

  async press(...keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      await this.page.keyboard.press(key);
      this.keys++;
    }
  }

  /** Goes on by Tab until the focus is there. */
  async tabTo(target: Locator): Promise<void> {
    await target.waitFor();
    for (let i = 0; i < 100; i++) {
      if (await target.evaluate((element) => element.matches(":focus, :has(:focus)"))) return;
      await this.press("Tab");
    }
    throw new Error(`Tab does not reach ${target.toString()}`);
  }

  /** Goes to a field and types into it, in the place of what stands there. */
  async type(field: Locator, text: string): Promise<void> {
    await this.tabTo(field);
    await this.press("Control+a", ...text.split(""));
  }

  /** Opens a queue, and gives the name the first time. */
  async judge(queue: string, query = ""): Promise<void> {
    await this.goto(`/people/${queue}/judge${query}`);
    const name = this.page.getByLabel("Your name");
    const form = this.page.getByRole("form", { name: "Your judgement" });
    await name.or(form).first().waitFor();
    if (await name.isVisible()) await this.press(...this.name.split(""), "Enter");
    await form.waitFor();
  }

  /** Presses the keys of one judgement, and waits until it is kept. */
  async keep(...keys: readonly string[]): Promise<void> {
    const judged = await this.page.getByText(/^\d+ by you$/).innerText();
    this.keys += keys.length;
    await pressFor(this.page, Number.parseInt(judged, 10) + 1, ...keys);
  }

  readonly task = (): Promise<string> =>
    this.page.getByRole("region", { name: "Task" }).locator(".said").first().innerText();

  readonly answer = (region?: string): Promise<string> => shownAnswer(this.page, region);

  /** How good this person finds the answer that is shown, 1 to 5. */
  async rated({ otherCalculation, rightWithMore }: Rule): Promise<number> {
    const [task, answer] = [await this.task(), await this.answer()];
    const quality = qualityOf(task, answer);
    if (quality === 2) return 5;
    if (answer.trim().startsWith(asked.get(task)!.expression)) return rightWithMore;
    return quality === 1 ? otherCalculation : 1;
  }

  /** The key for the better one of two answers. */
  async preferred(): Promise<"1" | "2" | "3"> {
    const task = await this.task();
    const left = qualityOf(task, await this.answer("Left"));
    const right = qualityOf(task, await this.answer("Right"));
    return left > right ? "1" : right > left ? "2" : "3";
  }

  /** Ends the visit. @throws where the page complained, or somebody used a pointer */
  async leave(): Promise<void> {
    const pointer = await this.page.evaluate<number>("globalThis.pointerUses ?? 0");
    if (pointer > 0) throw new Error(`${this.name} used a pointer ${pointer} times`);
    if (this.#complaints.length > 0) throw new Error(this.#complaints.join("\n"));
    await this.page.close();
  }
}

/** Counts what a pointer does in a page, so that a mouse is not used by mistake. */
const countKeys = `globalThis.pointerUses = 0;
addEventListener("pointerdown", () => { globalThis.pointerUses++; }, true);`;
