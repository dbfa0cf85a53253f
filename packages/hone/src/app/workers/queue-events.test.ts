import { hostname } from "node:os";
import { expect, it } from "vitest";
import { serverNote } from "./queue-events.ts";

it.each([
  ["http://0.0.0.0:8001", `http://${hostname()}:8001`],
  ["http://[::]:8001", `http://${hostname()}:8001`],
  ["http://127.0.0.1:8001", "http://127.0.0.1:8001"],
  ["http://10.0.0.0:8001", "http://10.0.0.0:8001"],
])("tells workers to reach a trainer that listens at %s at %s", (listens, reached) => {
  const note = serverNote("sqlite:q.db", listens);
  expect(note).toMatchObject({ text: expect.stringContaining(` --server ${reached}`) });
});
