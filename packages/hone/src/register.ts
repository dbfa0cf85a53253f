/**
 * The entrance `hone-rl/register`: `node --import hone-rl/register app.js` records the model calls of an unmodified app. Where
 * HONE_REPLAY names a file, which `hone improve` sets, calls of tools are answered from a recording instead.
 *
 * This file has to load on every Node that knows `--import`; what needs a newer Node is loaded once the version was checked.
 */
const oldest = [22, 18] as const;
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
const replay = process.env["HONE_REPLAY"] ?? "";

if (major > oldest[0] || (major === oldest[0] && minor >= oldest[1])) {
  if (replay !== "") await (await import("./app/replay/start-replay.ts")).startReplay(replay);
  else if (process.env["HONE_TRACES"] !== "off")
    (await import("./app/recording/register.ts")).startRecording();
} else if (replay !== "") {
  // A program whose tools would run for real is not started.
  process.stderr.write(
    `hone: replaying tools needs Node ${oldest.join(".")} or newer, this is ${process.version}; the program is not run\n`,
  );
  process.exit(78);
} else if (process.env["HONE_TRACES"] !== "off" && process.env["HONE_TOLD_OLD_NODE"] !== "1") {
  // Said once for a program and the processes it starts.
  process.env["HONE_TOLD_OLD_NODE"] = "1";
  process.stderr.write(
    `hone: recording needs Node ${oldest.join(".")} or newer, this is ${process.version}; the app runs unrecorded\n`,
  );
}

export {};
