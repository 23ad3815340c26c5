import { sizeOf } from '../../../src/base/shape.ts'
import { type PreparedSteps, preparationSteps } from '../../../src/data/preparation.ts'
import { bytesOf, PageProgram, type WebModel } from '../../../src/network/page-program.ts'
import type { Photo } from '../try/photo.ts'

export interface Answer {
  /** By class. */
  readonly outputs: Float32Array
  readonly steps: PreparedSteps
}

/** The network of the page: pictures in, outputs out. */
export class PageNetwork {
  readonly model: WebModel
  readonly #program: PageProgram

  private constructor(model: WebModel, program: PageProgram) {
    this.model = model
    this.#program = program
  }

  static async of(model: WebModel, engine: string): Promise<PageNetwork> {
    const packed = new Blob([bytesOf(engine)]).stream()
    const bytes = await new Response(packed.pipeThrough(new DecompressionStream('deflate-raw'))).arrayBuffer()
    return new PageNetwork(model, new PageProgram(model, await WebAssembly.compile(bytes)))
  }

  async ask(photo: Photo): Promise<Answer> {
    const steps = preparationSteps(photo, this.model.preparation)
    return { steps, outputs: await this.#program.outputs(steps.prepared.bytes) }
  }

  /** The pictures of its data that came with it. */
  get samples(): readonly Uint8Array[] {
    const size = sizeOf(this.model.inputShape)
    const all = bytesOf(this.model.golden.inputs)
    return Array.from({ length: all.length / size }, (_, i) => all.subarray(i * size, (i + 1) * size))
  }

  /** How far its outputs for the examples are from those of the command line. */
  async difference(): Promise<{ readonly examples: number; readonly largest: number }> {
    const { inputs, outputs } = this.model.golden
    const expected = new Float32Array(bytesOf(outputs).buffer)
    const own = await this.#program.outputs(bytesOf(inputs))
    const largest = own.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i]!)), 0)
    return { examples: expected.length / this.model.classNames.length, largest }
  }
}
