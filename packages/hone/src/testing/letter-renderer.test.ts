import { describe, expect, it } from "vitest";
import type { Message } from "../core/message.ts";
import { letterRenderer } from "./letter-renderer.ts";

const renderer = letterRenderer("ab");
const user: Message = { role: "user", content: "ab" };
const assistant: Message = { role: "assistant", content: "b" };

describe("the letter renderer", () => {
  it("opens a turn with its role's token and ends it with 0", async () => {
    expect(await renderer.prompt([user])).toEqual([2, 5, 6, 0, 3]);
  });

  it("marks what the assistant says, its end included", async () => {
    const { tokens, mask } = await renderer.conversation([user, assistant]);
    expect(tokens).toEqual([2, 5, 6, 0, 3, 6, 0]);
    expect(mask).toEqual([0, 0, 0, 0, 0, 1, 1]);
  });

  it("extends what was sampled, and ends a turn that was cut off", async () => {
    const prompt = await renderer.prompt([user]);
    const stopped = await renderer.extend([...prompt, 6, 0], [user]);
    expect(stopped).toEqual(await renderer.prompt([user, assistant, user]));
    expect(await renderer.extend([...prompt, 6], [user])).toEqual(stopped);
  });

  it("reads back what it wrote, and refuses other letters", async () => {
    expect(await renderer.parse([6, 5, 0])).toEqual({ role: "assistant", content: "ba" });
    await expect(renderer.encode("x")).rejects.toThrow("letterRenderer");
  });
});
