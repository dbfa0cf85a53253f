// `hone record` (and `hone improve`) preloads this file into every Node process of a program.
// It is plain JavaScript, since a program on a Node that is too old to be recorded must run as it would without hone.
import { codeOf } from "./code.js";
import { isModern, OLDEST } from "./launcher.js";

const code = codeOf("register");

if (code.href.endsWith(".js") || isModern()) await import(code.href);
else if ((process.env.HONE_REPLAY ?? "") !== "") {
  // A program whose tools would run for real is not started.
  process.stderr.write(
    `hone: replaying tools needs Node ${OLDEST.join(".")} or newer, this is ${process.version}; the program is not run\n`,
  );
  process.exit(78);
} else if (process.env.HONE_TRACES !== "off" && process.env.HONE_TOLD_OLD_NODE !== "1") {
  // The variable reaches the processes that the program starts, so that the message is printed once.
  process.env.HONE_TOLD_OLD_NODE = "1";
  process.stderr.write(
    `hone: recording needs Node ${OLDEST.join(".")} or newer, this is ${process.version}; the app runs unrecorded\n`,
  );
}
