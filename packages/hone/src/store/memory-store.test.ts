import { traceStoreContract } from "../testing/trace-store-contract.ts";
import { memoryStore } from "./memory-store.ts";

traceStoreContract("memory", { open: async () => memoryStore() });
