// `node scripts/run.js scripts/try-packages.js`: installs the tarballs of `npm run pack` in an empty folder, as a user would,
// and says what ran, how large it is, and what `npx hone-rl run math` prints; then begins a domain and an agent (`hone init`,
// `create-hone-rl`), runs their tests and trains them. Needs the npm registry for the dependencies.
import { spawnSync } from "node:child_process";
import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const tarballs = fileURLToPath(new URL("../tarballs/", import.meta.url));
const here = new RegExp(
  `^(create-hone-rl-|hone-rl-(\\d|onnxruntime-${process.platform}-${process.arch}-))`,
);
const files = readdirSync(tarballs).filter((name) => here.test(name));
const folder = mkdtempSync(join(tmpdir(), "hone-user-"));

// Commands run on the Node that runs this script.
const path = `${dirname(process.execPath)}${delimiter}${process.env["PATH"]}`;
const env = { ...process.env, PATH: path };

const run = (command, ...args) => runIn(folder, command, ...args);

function runIn(cwd, command, ...args) {
  const { status } = spawnSync(command, args, { cwd, env, stdio: "inherit" });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")}: exit code ${status}`);
}

/** Bytes of all files below a folder. */
function bytesOf(path) {
  const info = lstatSync(path);
  if (!info.isDirectory()) return info.size;
  return readdirSync(path).reduce((sum, name) => sum + bytesOf(join(path, name)), 0);
}

try {
  writeFileSync(join(folder, "package.json"), '{"private":true,"type":"module"}\n');
  run("npm", "install", "--no-audit", "--no-fund", ...files.map((name) => join(tarballs, name)));
  const lock = JSON.parse(readFileSync(join(folder, "node_modules/.package-lock.json"), "utf8"));
  const withScripts = Object.entries(lock.packages).filter(([, one]) => one.hasInstallScript);
  console.log(`packages: ${Object.keys(lock.packages).join(", ")}`);
  console.log(`with an install script: ${withScripts.map(([name]) => name).join(", ") || "none"}`);
  console.log(`size: ${(bytesOf(join(folder, "node_modules")) / 1e6).toFixed(1)} MB`);
  run("npx", "--no-install", "hone-rl", "run", "math", ...process.argv.slice(2));
  // Both begin inside this folder, so that they find its node_modules.
  run("npx", "--no-install", "hone-rl", "init", "domain", "my-domain");
  run("npx", "--no-install", "create-hone-rl", "agent", "my-agent");
  for (const name of ["my-domain", "my-agent"]) {
    runIn(join(folder, name), "npm", "test");
    runIn(join(folder, name), "npm", "run", "train");
  }
  runIn(join(folder, "my-domain"), "npm", "run", "measure");
  runIn(join(folder, "my-agent"), "npm", "run", "ask", "--", "order 7: login");
} finally {
  rmSync(folder, { recursive: true, force: true });
}
