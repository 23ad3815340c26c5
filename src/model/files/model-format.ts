import type { ModelFile } from './model-file.ts'

/** 16 inputs with the outputs that a model gave for them: they prove a file in another program. */
export interface Golden {
  /** Bytes `[count, ...inputShape]`. */
  readonly inputs: Uint8Array
  /** `[count, classes]`: a single output p stands as 1 - p and p. */
  readonly outputs: Float32Array
}

/** What became of one layer on its way. */
export interface LayerFate {
  readonly name: string
  /** The class of the file, or of Heddle's model when one is written. */
  readonly className: string
  /** What it is on the other side; `null`: it was left out, for the reason in `remark`. */
  readonly became: string | null
  readonly remark: string
}

export interface ReadModel extends ModelFile {
  readonly layers: readonly LayerFate[]
  readonly golden: Golden | null
  /** Sentences for the user about the whole model. */
  readonly remarks: readonly string[]
}

interface WrittenModel {
  /** The bytes of the file, one after the other. */
  readonly pieces: readonly Uint8Array[]
  /** Files that belong into the same folder, by name: weights that stand outside of the file. */
  readonly beside?: ReadonlyMap<string, readonly Uint8Array[]>
  readonly layers: readonly LayerFate[]
}

export interface ReadOptions {
  /** How errors call the file. */
  readonly name: string
  /** By output; left out: those of the file, or 0, 1, 2 … */
  readonly classNames?: readonly string[] | undefined
  /** Reads a file of the same folder that the file names; left out: it stands alone. */
  readonly beside?: (name: string) => Promise<Uint8Array>
}

export interface WriteOptions {
  /** The axes of the pictures that enter. Default: nhwc, channels last. */
  readonly layout?: 'nhwc' | 'nchw' | undefined
}

/** A kind of file that models come from and go to. */
export interface ModelFormat {
  readonly ending: string
  /** It is several files, which go into a folder of their own. */
  readonly hasFolder?: true
  /** It can also be written for pictures with channels first. */
  readonly takesLayout?: true
  /** Whether the first bytes of a file are of this kind. */
  sniff(start: Uint8Array): boolean
  /** Reads bytes of any origin; never runs code from them. Throws a `HeddleError` that names the file and, where one is to blame, the layer. */
  read(bytes: Uint8Array, options: ReadOptions): Promise<ReadModel>
  /**
   * Writes `file` with what `about.ts` makes of it and of `golden`, in a place that the kind's own program passes over.
   * Throws a `HeddleError` that names the layer that this kind of file cannot hold.
   */
  write(file: ModelFile, golden: Golden, options?: WriteOptions): Promise<WrittenModel>
}
