/** A `WebAssembly.Module`; neither Node's types nor ES2023's have the name. */
export type WasmModule = object

/** A `WebAssembly.Memory` that several instances of a module work in. */
export interface SharedMemory {
  readonly buffer: ArrayBuffer
}
