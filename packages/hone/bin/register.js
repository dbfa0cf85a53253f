// What `hone record` preloads into every Node process of a program: in a checkout the sources, else dist/. Plain
// JavaScript: a program on a Node too old to be recorded still has to run as if we were not there.
import { existsSync } from "node:fs";
import { isModern, OLDEST } from "./launcher.js";

const source = new URL("../src/register.ts", import.meta.url);

if (!existsSync(source)) await import(new URL("../dist/register.js", import.meta.url).href);
else if (isModern()) await import(source.href);
else if (process.env.HONE_TRACES !== "off" && process.env.HONE_TOLD_OLD_NODE !== "1") {
  // Said once for a program and the processes it starts.
  process.env.HONE_TOLD_OLD_NODE = "1";
  process.stderr.write(
    `hone: recording needs Node ${OLDEST.join(".")} or newer, this is ${process.version}; the app runs unrecorded\n`,
  );
}
