import { RandomStream } from '../base/random.ts'
import { sizeOf } from '../base/shape.ts'
import type { Backend, Executable } from '../engine/backend.ts'
import { foldForInference } from '../engine/fold.ts'
import { lower } from '../engine/lower.ts'
import type { Model } from '../model/model.ts'
import { isFrozen } from '../nn/layers/index.ts'
import type { Floats, Noise } from '../ops/op.ts'
import type { StepValues } from './compare.ts'

/** One step of a network without an update: what goes in, and the gradient that comes from behind. */
export interface StepCase {
  readonly model: Model
  readonly batch: number
  /** The batch size the program is compiled for; larger than `batch` for a partial last batch. */
  readonly batchSize?: number
  readonly images: Floats
  readonly outputGradient: Floats
  /** Flat, by name: `conv2d/kernel`. */
  readonly parameters: ReadonlyMap<string, Floats>
  readonly noise?: Noise
  /** `false`: as in training, where the first layer need not tell how the images should change. */
  readonly inputGradient?: boolean
}

/** Numbers in [−1, 1): away from the places where relu and max pooling have no derivative. */
function randomNumbers(stream: RandomStream, count: number): Float64Array {
  return Float64Array.from({ length: count }, (_, i) => 2 * stream.uniform(i) - 1)
}

/** A case with random numbers everywhere. */
export function randomStep(
  model: Model,
  options: { batch: number; batchSize?: number; seed: number },
): StepCase {
  const stream = new RandomStream(options.seed)
  const { batch, batchSize = batch } = options
  // Float32 values, so that both precisions see the same numbers.
  const draw = (name: string, count: number): Float64Array =>
    Float64Array.from(randomNumbers(stream.split(name), count), Math.fround)
  const parameters = new Map<string, Floats>()
  for (const layer of model.layers) {
    for (const { name, shape, role } of layer.parameters) {
      const full = `${layer.name}/${name}`
      const drawn = draw(full, sizeOf(shape))
      // Frozen layers use theirs in training too.
      const positive = role === 'variance' && isFrozen(layer.layer)
      parameters.set(full, positive ? drawn.map(Math.abs) : drawn)
    }
  }
  return {
    model,
    batch,
    batchSize,
    images: draw('images', batch * sizeOf(model.inputShape)),
    // All positive: a sum that cancels to nearly zero would be measured against itself.
    outputGradient: draw('output', batch * sizeOf(model.outputShape)).map(x => Math.fround(x / 2 + 0.75)),
    parameters,
  }
}

/** Runs a case on a backend: outputs, and the gradients of Σ outputs · outputGradient. */
export async function runStep(backend: Backend, step: StepCase): Promise<StepValues> {
  return openStep(backend, step)(step)
}

/** Compiles a case once, to run it with other images and parameters of the same sizes. */
export function openStep(backend: Backend, step: StepCase): (changed: StepCase) => Promise<StepValues> {
  const { model, batch, batchSize = batch, inputGradient = true } = step
  const executable = backend.compile(lower(model, 'dot'), {
    batchSize,
    update: { kind: 'sgd', momentum: 0, nesterov: false },
    inputGradient,
  })
  const order = Int32Array.from({ length: batch }, (_, i) => i)
  return async ({ images, outputGradient, parameters, noise }) => {
    writeParameters(executable, parameters)
    const result = await executable.run({
      mode: 'gradients',
      images,
      scale: 1,
      targets: outputGradient,
      order,
      outputs: true,
      ...(noise && { noise }),
    })
    const gradients = executable.read('gradients')
    return {
      outputs: result.outputs!,
      inputGradient: inputGradient ? executable.read('inputGradient') : new Float32Array(0),
      gradients: new Map(
        executable.program.parameters
          .filter(({ frozen }) => !frozen)
          .map(({ name, offset, size }) => [name, gradients.subarray(offset, offset + size)]),
      ),
    }
  }
}

/** What a program without a backward pass makes of a case; with `fold`, its normalisations are part of other layers. */
export async function runInference(
  backend: Backend,
  step: StepCase,
  { fold }: { readonly fold: boolean },
): Promise<Floats> {
  const { model, batch, batchSize = batch, images } = step
  // Numbers drawn for variances may be negative.
  const variances = new Set(
    model.layers.flatMap(({ name, parameters }) =>
      parameters.filter(({ role }) => role === 'variance').map(one => `${name}/${one.name}`),
    ),
  )
  const drawn = [...step.parameters].map(([name, values]): [string, Floats] => [
    name,
    variances.has(name) ? values.map(x => x * x + 0.05) : values,
  ])
  const whole = { lowered: lower(model, 'dot'), weights: new Map(drawn) }
  const { lowered, weights } = fold ? foldForInference(whole.lowered, whole.weights) : whole
  const executable = backend.compile(lowered, { batchSize })
  writeParameters(executable, weights)
  const order = Int32Array.from({ length: batch }, (_, i) => i)
  const request = { mode: 'predict', images, scale: 1, targets: null, order, outputs: true } as const
  return (await executable.run(request)).outputs!
}

/** Sets parameters by name. Throws a `RangeError` if one is missing or of another size. */
export function writeParameters(
  executable: Executable,
  parameters: ReadonlyMap<string, ArrayLike<number>>,
): void {
  const arena = executable.read('parameters')
  for (const { name, offset, size } of executable.program.parameters) {
    const values = parameters.get(name)
    if (values?.length !== size)
      throw new RangeError(`${name} needs ${size} numbers, received ${values?.length}.`)
    arena.set(values, offset)
  }
  executable.write('parameters', arena)
}
