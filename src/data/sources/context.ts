/** How far a slow part of loading has come: drawn by the command line, ignored by tests. */
interface Progress {
  /** What is being loaded, such as a file name. */
  readonly what: string
  readonly done: number
  /** 0 when it is not known. */
  readonly total: number
  readonly unit: 'bytes' | 'images'
}

/** Folders that a data source may read, and callbacks for its progress. */
export interface LoadOptions {
  /** A folder that holds a known dataset's files; before `HEDDLE_DATA`. */
  readonly dataDir?: string | undefined
  /** Relative paths in a spec start here; default: the working folder. */
  readonly baseDir?: string | undefined
  /** Called with one sentence for the user: a source skipped, a file quarantined, a fallback taken. */
  readonly onNotice?: ((message: string) => void) | undefined
  readonly onProgress?: ((progress: Progress) => void) | undefined
  /** Called with every image file that cannot be read, which is then left out; absent: it is an error. */
  readonly onUnreadable?: ((file: string, reason: string) => void) | undefined
  /** Pictures of a folder that make more bytes are not held in memory. Default 1 GiB. */
  readonly memoryBytes?: number | undefined
  /** Read for `HEDDLE_DATA`, `HEDDLE_CACHE`, `HOME` and `XDG_*`; default: `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
}
