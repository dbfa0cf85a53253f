/** Session, user, tags and metadata of traces that an app records itself. */
import { expect, it } from "vitest";
import { keepingSink } from "../testing/keeping-sink.ts";
import { createTracer } from "./create-tracer.ts";
import { withTraces } from "./with-traces.ts";

function recording() {
  const sink = keepingSink();
  return { sink, tracer: createTracer({ sink, tags: ["app"] }) };
}

const ask = async (question: string, options?: { readonly chat: string }): Promise<string> =>
  `${question} ${options?.chat ?? ""}`;

it("withTraces takes session and user as texts, or tells them from the call", async () => {
  const { sink, tracer } = recording();
  const session = (_: unknown, options: unknown): string =>
    (options as { readonly chat: string }).chat;
  await withTraces(ask, { tracer, session, user: "ada", tags: ["t"], metadata: { plan: "pro" } })(
    "2 + 2?",
    { chat: "c1" },
  );
  expect(sink.heads.at(-1)).toMatchObject({
    session: "c1",
    user: "ada",
    tags: ["t", "app"],
    metadata: { plan: "pro" },
  });
});

it("metadata that names a session or a user gives them, and stays as it is", async () => {
  const { sink, tracer } = recording();
  const metadata = { thread_id: "t1", userId: 7, tags: ["night"] };
  await withTraces(ask, { tracer, metadata })("2 + 2?");
  const { session, user, tags, metadata: kept } = sink.heads.at(-1)!;
  expect({ session, user, kept }).toEqual({ session: "t1", user: "7", kept: metadata });
  expect(tags).toContain("night");
});

it("a call inside a trace completes its labels and changes none of them", async () => {
  const { sink, tracer } = recording();
  const inner = withTraces(ask, { tracer, agent: "inner", session: "s2", user: "bob" });
  const outer = withTraces(async (question: string) => inner(question), {
    tracer,
    agent: "outer",
    session: "s1",
  });
  await outer("2 + 2?");
  expect(sink.heads.at(-1)).toMatchObject({ agent: "outer", session: "s1", user: "bob" });
});

it("a running trace is labelled without secrets, and not after its end", () => {
  const { sink, tracer } = recording();
  const trace = tracer.trace({ agent: "a", task: "t", session: "s1" });
  trace.label({ session: "s2", metadata: { key: "sk-proj-abcdefghijklmnopqrstuvwx0123456789" } });
  trace.end({ metadata: { user_id: "ada" } });
  trace.label({ user: "eve", tags: ["late"] });
  const head = sink.heads.at(-1)!;
  expect(head).toMatchObject({ session: "s1", user: "ada", tags: ["app"] });
  expect(JSON.stringify(head)).not.toContain("abcdefghijklmnop");
});
