import { sizeOf } from '../base/shape.ts'
import type { Preparation } from '../data/preparation.ts'
import { WasmProgram } from '../engine/backends/wasm/program.ts'
import type { WasmModule } from '../engine/backends/wasm/web-assembly.ts'

// The part of an exported page that runs in Node too.

/** What `model.js` of a page hands over. Arrays are base64 of their bytes, the lowest of a number first. */
export interface WebModel {
  readonly title: string
  /** By output. */
  readonly classNames: readonly string[]
  /** `[height, width, channels]`. */
  readonly inputShape: readonly number[]
  readonly preparation: Preparation
  /** What a byte is multiplied by. */
  readonly scale: number
  /** The program for one picture, as 32-bit words, with its parameters as 32-bit floats. */
  readonly words: string
  readonly parameters: string
  /** Examples with the outputs that the command line gives. */
  readonly golden: { readonly inputs: string; readonly outputs: string }
  /** The examples are pictures of the data, and can be shown. */
  readonly hasPictures: boolean
}

/** The number of the mode in native/wasm.cc. */
const PREDICT = 3

/** What only training needs. */
const NOTHING = {
  targets: null,
  coefficients: null,
  noise: null,
  augmentation: null,
  mixing: null,
  classWeights: null,
  topK: 0,
  profile: false,
}

/** The network of a page, on its own engine. */
export class PageProgram {
  readonly #model: WebModel
  readonly #program: WasmProgram

  constructor(model: WebModel, engine: WasmModule) {
    this.#model = model
    this.#program = new WasmProgram(engine, new Int32Array(bytesOf(model.words).buffer))
    this.#program.write('parameters', new Float32Array(bytesOf(model.parameters).buffer))
  }

  /** `[count, classes]`; `images` are the bytes of an input, or of several one after the other. */
  async outputs(images: Uint8Array): Promise<Float32Array> {
    const { inputShape, classNames, scale } = this.#model
    const count = images.length / sizeOf(inputShape)
    const outputs = new Float32Array(count * classNames.length)
    const order = Int32Array.from({ length: count }, (_, i) => i)
    await this.#program.run({ ...NOTHING, mode: PREDICT, images, scale, order, outputs })
    return outputs
  }
}

export function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64)
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i)
  return bytes
}
