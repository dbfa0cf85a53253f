// `npm run build`: deletes packages/hone/dist/ and compiles it again, so that it holds no file of a deleted source, and puts
// ONNX Runtime's libraries into the packages of the platforms.
import { rmSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { placeLibraries } from "./platform-packages.js";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

placeLibraries();
rmSync(here("../packages/hone/dist"), { recursive: true, force: true });
const compile = [here("run.js"), "tsc", "-p", here("../packages/hone/tsconfig.build.json")];
process.exitCode = spawnSync(process.execPath, compile, { stdio: "inherit" }).status ?? 1;
