// `hone record` preloads this file into every Node process of a program. It loads the sources in a checkout, else dist/.
// It is plain JavaScript, since a program on a Node that is too old to be recorded must run as it would without hone.
import { existsSync } from "node:fs";
import { isModern, OLDEST } from "./launcher.js";

const source = new URL("../src/register.ts", import.meta.url);

if (!existsSync(source)) await import(new URL("../dist/register.js", import.meta.url).href);
else if (isModern()) await import(source.href);
else if (process.env.HONE_TRACES !== "off" && process.env.HONE_TOLD_OLD_NODE !== "1") {
  // The variable reaches the processes that the program starts, so that the message is printed once.
  process.env.HONE_TOLD_OLD_NODE = "1";
  process.stderr.write(
    `hone: recording needs Node ${OLDEST.join(".")} or newer, this is ${process.version}; the app runs unrecorded\n`,
  );
}
