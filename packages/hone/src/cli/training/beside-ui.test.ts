import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Interrupt } from "../interrupt.ts";
import { testStreams } from "../terminal/streams-fixture.ts";
import { Terminal } from "../terminal/terminal.ts";
import { besideUi } from "./beside-ui.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hone-beside-ui-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A call of a command with `--ui`, whose run ends when the test says so, and what a person presses. */
function callOf(isTerminal: boolean) {
  const streams = testStreams(isTerminal);
  Object.assign(streams.stdin, { isTTY: isTerminal });
  const { signal } = new AbortController();
  let pressed: (() => void) | undefined;
  const interrupt: Interrupt = {
    ...{ signal, exitCode: undefined, release: () => undefined },
    press: () => pressed?.(),
    divert: (instead) => {
      pressed = instead;
      return () => undefined;
    },
  };
  const terminal = new Terminal(streams, !isTerminal);
  const ended = Promise.withResolvers<void>();
  async function* events() {
    yield { kind: "note", folder: join(folder, "runs/my run") };
    yield { kind: "note", folder: join(folder, "runs/a part of it") };
    await ended.promise;
  }
  const print = async (shown: AsyncIterable<unknown>): Promise<string> => {
    for await (const _ of shown) {
      // Shown.
    }
    return "result";
  };
  const call = { values: [], flags: { ui: true }, terminal, interrupt, signal };
  return {
    result: besideUi(call, events(), print),
    ...{ end: ended.resolve, written: streams.written, press: () => interrupt.press() },
  };
}

/** The address of the run's page in what was printed, once it is there. */
async function addressIn(written: { readonly stdout: string }): Promise<string> {
  const address = /http:\/\/127\.0\.0\.1:\d+\/runs\/my%20run/;
  // The process of the page has a low priority: a busy machine begins it late.
  await expect.poll(() => written.stdout, { timeout: 150_000 }).toMatch(address);
  return address.exec(written.stdout)![0];
}

const isServed = (url: string): Promise<boolean> =>
  fetch(url).then(
    () => true,
    () => false,
  );

describe("--ui", () => {
  it("tells programs the address of the run as an event, and ends with the run", async () => {
    const { result, end, written } = callOf(false);
    const url = await addressIn(written);
    expect(JSON.parse(written.stdout)).toEqual({ event: "ui", url });
    expect(await isServed(url)).toBe(true);
    end();
    expect(await result).toBe("result");
    await expect.poll(() => isServed(url)).toBe(false);
  });

  it("stays for a person after the end of the run, until Ctrl-C", async () => {
    const { result, end, written, press } = callOf(true);
    const url = await addressIn(written);
    end();
    await expect.poll(() => written.stdout).toMatch("Ctrl-C ends");
    expect(await isServed(url)).toBe(true);
    press();
    expect(await result).toBe("result");
    await expect.poll(() => isServed(url)).toBe(false);
  });
});
