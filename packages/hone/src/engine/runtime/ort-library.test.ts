import { expect, it, vi } from "vitest";

it("names the package that is missing, whatever the folder is called", async () => {
  const resolve = () => {
    throw new Error("Cannot find module 'onnxruntime-node' from /home/me/koffi-app");
  };
  vi.doMock("node:module", () => ({ createRequire: () => Object.assign(() => ({}), { resolve }) }));
  vi.resetModules();
  try {
    const { ortLibrary } = await import("./ort-library.ts");
    expect(ortLibrary).toThrow(
      `DEPENDENCY_MISSING: The package hone-rl-onnxruntime-${process.platform}-${process.arch} could`,
    );
  } finally {
    vi.doUnmock("node:module");
  }
});
