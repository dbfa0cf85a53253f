/** Whether people who use a keyboard or a screen reader can use a page: the rules of axe, in both themes. */
import axe from "axe-core";
import type { Page } from "playwright-core";
import { expect } from "vitest";

/**
 * Expects no finding of axe that it calls moderate, serious or critical, in the light and in the dark theme. The page must show
 * what is to be judged: wait for it before.
 */
export async function expectAccessible(page: Page): Promise<void> {
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    expect(await findingsOf(page), `${page.url()}, ${colorScheme}`).toEqual([]);
  }
}

/** What of axe is run. Dialogs lie beside the landmarks of the page, as the pattern of dialogs has it: no rule "region". */
const options = { resultTypes: ["violations"], rules: { region: { enabled: false } } };

/** A line for each finding that is not minor: the rule, what is wrong, and the places in the page. */
async function findingsOf(page: Page): Promise<readonly string[]> {
  // Evaluated by the debugger: the policy of the page lets it load no scripts of others.
  if (await page.evaluate("window.axe === undefined")) await page.evaluate(axe.source);
  const { violations } = (await page.evaluate(
    `axe.run(document, ${JSON.stringify(options)})`,
  )) as axe.AxeResults;
  return violations
    .filter(({ impact }) => impact !== "minor")
    .map(({ id, help, nodes }) => {
      const places = nodes.slice(0, 5).map(({ target, html }) => `${target.join(" ")} ${html}`);
      return `${id}: ${help}\n  ${places.join("\n  ")}`;
    });
}

/** Expects the page to be no wider than its window, from a narrow telephone to a wide screen. */
export async function expectFits(page: Page): Promise<void> {
  const before = page.viewportSize()!;
  for (const width of [360, 1440]) {
    await page.setViewportSize({ width, height: before.height });
    const over = () => page.evaluate("document.documentElement.scrollWidth - innerWidth");
    // Charts follow the window a moment later.
    await expect.poll(over, { message: `${page.url()} at ${width} px` }).toBe(0);
    await expectAccessible(page);
  }
  await page.setViewportSize(before);
}
