import { sandboxContract } from "../testing/sandbox-contract.ts";
import { javascriptSandbox } from "./javascript-sandbox.ts";

sandboxContract("quickjs", { open: (limits) => javascriptSandbox({ limits, size: 2 }) });
