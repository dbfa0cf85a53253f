import { expect, it } from "vitest";
import { errorOf } from "./trace-error.ts";

it("tells objects that are thrown in place of errors, as SDKs throw them", () => {
  const thrown = { message: "overloaded by far", type: "server_error", code: 503 };
  expect(errorOf(thrown)).toEqual({
    message: "overloaded by far",
    type: "server_error",
    code: "503",
  });
  expect(errorOf({ error: { message: "no such model" }, status: 404 })).toEqual({
    message: "no such model",
    code: "404",
  });
  expect(errorOf({ detail: "x" }).message).toBe("x");
  expect(errorOf({ reasonPhrase: "too many", n: 3 }).message).toBe(
    '{"reasonPhrase":"too many","n":3}',
  );
  expect(errorOf({}).message).toBe("[object Object]");
  expect(["no", undefined, null, 7, 7n, Symbol("s")].map((one) => errorOf(one).message)).toEqual([
    "no",
    "undefined",
    "null",
    "7",
    "7",
    "Symbol(s)",
  ]);
});

it("tells the errors within an error", () => {
  const errors = [new Error("first"), "second", { message: "third" }];
  expect(errorOf(new AggregateError(errors))).toEqual({
    message: "first; second; third",
    type: "AggregateError",
  });
  expect(errorOf(new AggregateError(errors, "all failed")).message).toBe(
    "all failed: first; second; third",
  );
  const many = Array.from({ length: 10 }, (_, i) => new Error(`e${i}`));
  expect(errorOf(new AggregateError(many)).message).toMatch(/^e0; .*; e7; and 2 more$/);
});

it("tells causes, with the code that the outer error lacks", () => {
  const refused = Object.assign(new Error("connect ECONNREFUSED 127.0.0.1:1"), {
    code: "ECONNREFUSED",
  });
  expect(errorOf(new TypeError("fetch failed", { cause: refused }))).toEqual({
    message: "fetch failed (cause: connect ECONNREFUSED 127.0.0.1:1)",
    type: "TypeError",
    code: "ECONNREFUSED",
  });
  expect(errorOf(new Error("it broke: x", { cause: "x" })).message).toBe("it broke: x");
  const circle: Error & { cause?: unknown } = new Error("round");
  circle.cause = circle;
  expect(errorOf(circle).message).toBe("round");
});

it("survives errors that cannot be read", () => {
  const broken = {
    get message(): never {
      throw new Error("no");
    },
  };
  expect(errorOf(broken).message).toBe("[an error that cannot be read]");
  const loop: Record<string, unknown> = {};
  loop["self"] = loop;
  expect(errorOf(loop).message).toBe("[object Object]");
});
