/** The part of yauzl that is used; the package has no types of its own. */
declare module 'yauzl' {
  interface Entry {
    readonly fileName: string
    readonly compressedSize: number
    readonly uncompressedSize: number
  }
  interface ZipFile {
    eachEntry(): AsyncIterable<Entry>
    openReadStreamPromise(entry: Entry): Promise<AsyncIterable<Uint8Array>>
  }
  export function fromBufferPromise(
    buffer: Buffer,
    options: { readonly lazyEntries: boolean },
  ): Promise<ZipFile>
}
