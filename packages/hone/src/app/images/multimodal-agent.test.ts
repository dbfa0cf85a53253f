import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bin } from "../../../../../test/doubles/own-code.ts";
import { toolsFromMcp } from "../../agents/tools/mcp-tools.ts";
import type { Message } from "../../core/message.ts";
import { multimodalSystemPrompt } from "../../domains/multimodal/system-prompt.ts";
import { sampleSite } from "../../domains/multimodal/sample-site.ts";
import type { ChatModel } from "../../ports/chat-model.ts";
import { extractTo } from "./extract.ts";
import { openImages } from "./open-images.ts";
import { openMultimodalAgent } from "./open-multimodal-agent.ts";

let folder: string;
let images: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "hone-images-"));
  const page = sampleSite(0).find(({ path }) => path === "machines/amber-pump.md")!;
  writeFileSync(
    join(folder, "pump.md"),
    `${String(page.content).replaceAll("../images/", "https://pump.example/")}\n`,
  );
  images = join(folder, "pairs.json");
  await extractTo({ folders: [folder], output: images });
});

afterAll(() => rmSync(folder, { recursive: true }));

/** A model that searches once and then gives this answer, and what it was asked. */
function scripted(answer: (found: string) => string): ChatModel & { asked: Message[][] } {
  const asked: Message[][] = [];
  return {
    asked,
    async chat(messages) {
      asked.push([...messages]);
      const results = messages.at(-1);
      if (results?.role === "tool") return { role: "assistant", content: answer(results.content) };
      const query = JSON.stringify({ query: "amber pump", limit: 2 });
      return {
        ...{ role: "assistant", content: "" },
        toolCalls: [{ id: "1", name: "image_search", arguments: query }],
      };
    },
  };
}

const firstUrl = (found: string): string => (JSON.parse(found) as { url: string }[])[0]!.url;

describe("an agent that answers with images", () => {
  it("gives images that its search found, and counts those that it invented", async () => {
    const model = scripted((found) =>
      JSON.stringify({
        text: "Use the left port.",
        images: [firstUrl(found), "https://pump.example/invented.png"].map((url) => ({
          ...{ url, alt: "the port", reason: "it shows the port" },
        })),
      }),
    );
    await using agent = await openMultimodalAgent({ model, images });
    const answer = await agent.generateResponse("How to connect the amber pump?", {
      context: "The pump has a left port.",
    });
    expect(answer.text).toBe("Use the left port.");
    expect(answer.images).toEqual([
      {
        url: expect.stringMatching(/^https:\/\/pump.example\/amber-pump-/) as string,
        ...{ alt: "the port", reason: "it shows the port" },
      },
    ]);
    expect(answer.invented).toEqual(["https://pump.example/invented.png"]);
    expect(model.asked[0]).toEqual([
      { role: "system", content: multimodalSystemPrompt },
      {
        role: "user",
        content: "How to connect the amber pump?\n\nThe pump has a left port.",
      },
    ]);
  });

  it("gives the model's words where they are no answer, and says why", async () => {
    await using agent = await openMultimodalAgent({
      model: scripted(() => "Use the left port."),
      images,
    });
    expect(await agent.generateResponse("How to connect the amber pump?")).toMatchObject({
      ...{ text: "Use the left port.", images: [], problem: "there is no JSON object" },
    });
  });
});

it("names the file of images that cannot be read, and what writes it", async () => {
  await expect(openImages("nowhere.json")).rejects.toThrow(
    /^IMAGES_UNREADABLE: .*nowhere\.json.*→ .*npx hone extract/s,
  );
});

it("hone mcp image-search answers a real client, also many calls at once", async () => {
  const args = [bin, "mcp", "image-search", "--images", images];
  await using mcp = await toolsFromMcp({ command: process.execPath, args });
  expect(mcp.tools.map(({ name }) => name)).toEqual(["image_search"]);
  const [search] = mcp.tools;
  const context = { signal: new AbortController().signal, callId: "1" };
  const found = JSON.parse(
    String(await search!.execute({ query: "amber pump", types: ["logo"] }, context)),
  ) as object[];
  expect(found).toMatchObject([{ type: "logo", alt: "Logo of the amber pump" }]);
  expect(Object.keys(found[0]!).toSorted()).toEqual(["alt", "score", "source", "type", "url"]);
  const many = Array.from({ length: 500 }, () => search!.execute({ query: "pump" }, context));
  expect(new Set(await Promise.all(many)).size).toBe(1);
});
