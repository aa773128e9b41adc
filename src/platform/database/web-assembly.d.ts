/** What Node has of it and its types lack: they leave it to those of browsers. */
declare namespace WebAssembly {
  /** Machine code; threads can be sent it. */
  interface Module {
    readonly [Symbol.toStringTag]: 'WebAssembly.Module';
  }
  function compile(bytes: Uint8Array): Promise<Module>;
}
