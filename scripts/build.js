// `npm run build`: deletes packages/hone/dist/ and compiles it again, so that it holds no file of a deleted source.
import { rmSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

rmSync(here("../packages/hone/dist"), { recursive: true, force: true });
const compile = [here("run.js"), "tsc", "-p", here("../packages/hone/tsconfig.build.json")];
process.exitCode = spawnSync(process.execPath, compile, { stdio: "inherit" }).status ?? 1;
