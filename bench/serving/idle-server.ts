/**
 * A server that does nothing but answer, in a process of its own: how long it takes beside the same load is what the machine's
 * scheduling costs any server, and the rest of /health's time is the server's under test.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

const server = createServer((_request, response) => {
  response.setHeader("content-type", "application/json");
  response.end('{"status":"ok"}');
});
server.listen(0, "127.0.0.1", () => {
  const { port } = server.address() as AddressInfo;
  console.log(JSON.stringify({ url: `http://127.0.0.1:${port}` }));
});
