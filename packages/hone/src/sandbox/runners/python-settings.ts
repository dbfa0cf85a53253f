/** What Pyodide is loaded with; a snapshot holds the state that came of it. Apart from Pyodide, so that hone's own process can read it. */
export const pythonSettings = {
  /** The environment of Python. Texts of a snapshot are hashed by this seed. */
  env: { HOME: "/work", PYTHONHASHSEED: "0", TZ: "UTC", LANG: "C.UTF-8" },
  /** What the module `js` would hold. */
  jsglobals: {},
  /** No package is to be loaded, so that none is listed. */
  packages: {},
};
