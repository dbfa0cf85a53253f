/** Opens an address in the browser of the person at this machine. */
import { spawn } from "node:child_process";

/** The program that opens an address on each system, with its arguments before the address. */
const openers: Readonly<Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>>> = {
  darwin: ["open"],
  win32: ["explorer.exe"],
};

/**
 * Opens an address in a browser.
 * @returns why it could not be opened; undefined where it was
 */
export async function openAddress(
  url: string,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<string | undefined> {
  const { platform } = process;
  const hasDisplay =
    platform in openers || Boolean(environment["DISPLAY"] ?? environment["WAYLAND_DISPLAY"]);
  if (environment["CI"]) return "a browser is not opened where CI is set";
  if (!hasDisplay) return "there is no display to open a browser on";
  const [program, ...words] = openers[platform] ?? ["xdg-open"];
  return new Promise((resolve) => {
    const child = spawn(program, [...words, url], {
      ...{ stdio: "ignore", detached: true, env: environment },
    });
    child.once("error", ({ message }) => resolve(`${program}: ${message}`));
    child.once("spawn", () => resolve(undefined));
    child.unref();
  });
}
