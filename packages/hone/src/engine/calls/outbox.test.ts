import { MessageChannel, type MessagePort, receiveMessageOnPort } from "node:worker_threads";
import { setImmediate as nextTurn } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Outbox } from "./outbox.ts";

describe("an outbox", () => {
  let ports: { readonly port1: MessagePort; readonly port2: MessagePort };
  let refused: unknown[];
  let outbox: Outbox<unknown>;
  beforeEach(() => {
    ports = new MessageChannel();
    refused = [];
    outbox = new Outbox(
      (messages) => ports.port1.postMessage(messages),
      (message, error) => refused.push([message, (error as Error).name]),
    );
  });
  afterEach(() => ports.port1.close());
  const received = (): unknown[] => {
    const all: unknown[] = [];
    for (let got = receiveMessageOnPort(ports.port2); got; got = receiveMessageOnPort(ports.port2))
      all.push(got.message);
    return all;
  };

  it("sends what one turn of the event loop brought as one message, promise callbacks included", async () => {
    const later = Promise.resolve().then(() => outbox.send("b"));
    outbox.send("a");
    await later.then(() => outbox.send("c"));
    await nextTurn();
    outbox.send("d");
    expect(received()).toEqual([["a", "b", "c"]]);
    await nextTurn();
    expect(received()).toEqual([["d"]]);
  });

  it("bundles what a timer's callback and the promises it settles bring", async () => {
    await new Promise<void>((resolve) =>
      setTimeout(() => {
        outbox.send("a");
        void Promise.resolve().then(() => outbox.send("b"));
        resolve();
      }),
    );
    await nextTurn();
    expect(received()).toEqual([["a", "b"]]);
  });

  it("copies at once what is sent now, behind what waits", async () => {
    const data = [1];
    outbox.send("a");
    outbox.sendNow(data);
    data[0] = 2;
    await nextTurn();
    expect(received()).toEqual([["a", [1]]]);
  });

  it("refuses what cannot be copied and sends the rest, in order", async () => {
    const unsendable = { call: () => 1 };
    for (const message of [1, unsendable, 2]) outbox.send(message);
    await nextTurn();
    expect(received()).toEqual([[1], [2]]);
    expect(refused).toEqual([[unsendable, "DataCloneError"]]);
  });
});
