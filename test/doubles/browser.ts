/** A real browser for tests of the dashboard: Debian's Chromium, or the program whose path the variable CHROMIUM holds. */
import { existsSync } from "node:fs";
import { type Browser, chromium, type Page } from "playwright-core";

const program = [process.env["CHROMIUM"], "/usr/bin/chromium", "/usr/bin/google-chrome"].find(
  (path) => path !== undefined && existsSync(path),
);

/** Whether there is a browser; `.ci/run` installs one. */
export const hasBrowser = program !== undefined;

/** Starts the browser. Its own sandbox needs rights that the tests of a container do not have. */
export const openBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: program!, args: ["--no-sandbox"] });

/** A new page, and what it complained of: errors of scripts, and of the page's policy. */
export async function openPage(
  browser: Browser,
): Promise<{ readonly page: Page; readonly complaints: readonly string[] }> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  page.setDefaultTimeout(60_000);
  return { page, complaints };
}
