import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { openTracing, tracesUrl } from "./collecting.ts";

describe("the store that traces go to", () => {
  it("means the same place after the app changed its folder", () => {
    expect(tracesUrl("sqlite:./a.db")).toBe(`sqlite:${resolve("a.db")}`);
    expect(tracesUrl("files:rl_data")).toBe(`files:${resolve("rl_data")}`);
    expect(tracesUrl("postgres://u:p@db/x")).toBe("postgres://u:p@db/x");
  });

  it("is refused at once when it is none, without its password", () => {
    const refused = [
      ["mysql://u:secret@db/x", "the scheme mysql: is unknown"],
      ["hone.db", "it has no scheme such as sqlite: in front"],
      ["sqlite:", "it names no path"],
      ["memory:", "is gone with the process"],
    ] as const;
    for (const [store, problem] of refused) {
      expect(() => openTracing({ store })).toThrow(
        expect.objectContaining({
          code: "STORE_URL_INVALID",
          message: expect.stringContaining(problem),
        }) as Error,
      );
    }
    expect(() => tracesUrl("mysql://u:secret@db/x")).not.toThrow(/secret/);
  });
});
