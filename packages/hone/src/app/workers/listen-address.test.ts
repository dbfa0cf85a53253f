import { expect, it } from "vitest";
import { listenAddress } from "./listen-address.ts";

it.each([
  ["8001", { host: "127.0.0.1", port: 8001 }],
  ["0.0.0.0:0", { host: "0.0.0.0", port: 0 }],
  ["[::]:8001", { host: "::", port: 8001 }],
  ["gpu", undefined],
  ["gpu:65536", undefined],
  ["http://gpu", undefined],
])("reads %s", (text, address) => {
  expect(listenAddress(text)).toEqual(address);
});
