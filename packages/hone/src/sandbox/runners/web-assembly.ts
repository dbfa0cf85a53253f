/** The part of WebAssembly's interface that runners use; types of Node have none of it without those of a browser. */
declare global {
  namespace WebAssembly {
    /** Compiled code, of which instances are made. */
    interface Module {
      readonly [Symbol.toStringTag]: string;
    }
    /** A memory in pages of 65,536 bytes. */
    interface Memory {
      readonly buffer: ArrayBuffer;
      grow(pages: number): number;
    }
    const Memory: { readonly prototype: Memory };
    function compile(bytes: Uint8Array): Promise<Module>;
    /** Of a module its instance; of bytes also the module. */
    let instantiate: (source: Module | Uint8Array, imports?: object) => Promise<unknown>;
  }
}

export {};
