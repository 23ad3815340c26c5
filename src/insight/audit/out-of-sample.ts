import { RandomStream } from '../../base/random.ts'
import type { Dataset } from '../../data/dataset.ts'
import type { Examples } from '../../data/examples.ts'
import type { Backend } from '../../engine/backend.ts'
import { type ModelSpec, sequential } from '../../model/graph.ts'
import { createNetwork } from '../../network/network.ts'
import { outputsOf } from '../../network/predict.ts'
import { conv2d, dense, flatten, maxPooling2d } from '../../nn/layers/index.ts'
import { adam } from '../../nn/optimizers/index.ts'
import { fit } from '../../train/fit.ts'

/** How the small networks of an audit are trained. */
export interface AuditTraining {
  readonly seed: number
  readonly epochs: number
  readonly backend?: Backend | undefined
  readonly signal?: AbortSignal | undefined
  /** Called with the progress in words. */
  readonly onProgress?: ((message: string) => void) | undefined
}

/** What all examples look like without their labels. */
type Unlabelled = Pick<Dataset, 'name' | 'imageShape' | 'classNames' | 'fingerprint'>

/** Report 002's small network: a second an epoch for 60,000 images, and right in nine of ten of Fashion-MNIST. */
function smallNetwork([height, width]: Dataset['imageShape'], classes: number): ModelSpec {
  const head = dense({ units: classes, activation: 'softmax' })
  if (Math.min(height, width) < 4)
    return sequential([flatten(), dense({ units: 64, activation: 'relu' }), head])
  const look = conv2d({ filters: 32, kernelSize: 3, activation: 'relu' })
  return sequential([look, maxPooling2d(), flatten(), head])
}

/** Probabilities `[asked, classes]` by a small network trained on other examples. */
export async function judged(
  data: Unlabelled,
  { learned, asked }: { readonly learned: Examples; readonly asked: Examples },
  { seed, epochs, backend, signal, onProgress }: AuditTraining,
): Promise<Float32Array> {
  const network = createNetwork(smallNetwork(data.imageShape, data.classNames.length), {
    inputShape: data.imageShape,
    seed,
    ...(backend && { backend }),
  })
  await fit(
    network,
    { ...data, train: learned, test: asked },
    {
      optimizer: adam(),
      loss: 'sparseCategoricalCrossentropy',
      epochs,
      batchSize: 64,
      seed,
      signal,
      onEvent(event) {
        if (event.type === 'epoch') onProgress?.(`epoch ${event.epoch + 1} of ${epochs}`)
      },
    },
  )
  return await outputsOf(network, asked.images, { batchSize: 256 })
}

/**
 * What networks say about examples that they were not trained on, `[count, classes]`: each class is dealt out to `folds` parts,
 * and each part is judged by a network that was trained on the others.
 */
export async function outOfSample(
  data: Unlabelled,
  examples: Examples,
  { folds, onProgress, ...training }: AuditTraining & { readonly folds: number },
): Promise<Float32Array> {
  const classes = data.classNames.length
  const fold = foldsOf(examples.labels, { folds, classes, seed: training.seed })
  const probabilities = new Float32Array(examples.count * classes)
  for (let k = 0; k < folds; k++) {
    const asked = examples.where(i => fold[i] === k)
    const rows = await judged(
      data,
      { learned: examples.where(i => fold[i] !== k), asked },
      { ...training, onProgress: message => onProgress?.(`network ${k + 1} of ${folds}, ${message}`) },
    )
    let next = 0
    fold.forEach((own, i) => {
      if (own !== k) return
      probabilities.set(rows.subarray(next * classes, (next + 1) * classes), i * classes)
      next++
    })
  }
  return probabilities
}

/** The fold of each example: every class is spread evenly over the folds, and so are all examples. */
export function foldsOf(
  labels: Int32Array,
  { folds, classes, seed }: { readonly folds: number; readonly classes: number; readonly seed: number },
): Int32Array {
  const stream = new RandomStream(seed).split('folds')
  const fold = new Int32Array(labels.length)
  for (let label = 0; label < classes; label++) {
    const members = Int32Array.from(labels.keys()).filter(i => labels[i] === label)
    // A class that does not divide evenly starts elsewhere: the parts stay of one size.
    stream
      .split(`class ${label}`)
      .permutation(members.length)
      .forEach((member, position) => {
        fold[members[member]!] = (position + label) % folds
      })
  }
  return fold
}
