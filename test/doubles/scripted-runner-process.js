// The process of scripted-runner.ts.
import { writeSync } from "node:fs";
import { createInterface } from "node:readline";

const lines = JSON.parse(process.argv[2]);
const send = (line) => writeSync(3, `${line}\n`);
send('{"kind":"ready"}');
createInterface({ input: process.stdin }).on("line", () => lines.forEach(send));
