import {
  adam,
  conv2d,
  createNetwork,
  createPredictor,
  dense,
  dropout,
  Examples,
  flatten,
  maxPooling2d,
  type Network,
  planTraining,
  sequential,
  train,
  trainSpec,
  wasmBackend,
} from '../../../src/browser.ts'
import { FASHION_MNIST_CLASSES } from '../../../src/data/sources/fashion-mnist-classes.ts'

/** What the page chooses. */
export interface Settings {
  readonly model: 'small' | 'convolutions'
  readonly learningRate: number
  readonly epochs: number
  readonly seed: number
  /** Where the site's files are. */
  readonly base: string
}

/** A test picture with what the network makes of it. */
export interface Shown {
  readonly pixels: Uint8Array
  readonly label: string
  readonly answer: string
  readonly probability: number
}

export type Message =
  | { readonly type: 'ready'; readonly parameters: number; readonly stepsPerEpoch: number }
  | { readonly type: 'step'; readonly step: number; readonly loss: number; readonly accuracy: number }
  | {
      readonly type: 'epoch'
      readonly epoch: number
      readonly accuracy: number
      readonly valAccuracy: number
    }
  | {
      readonly type: 'end'
      readonly isStopped: boolean
      readonly seconds: number
      readonly testAccuracy: number
      readonly shown: readonly Shown[]
    }
  | { readonly type: 'problem'; readonly message: string }

const SHAPE = [28, 28, 1] as const
const SIZE = 28 * 28

const MODELS = {
  small: () =>
    sequential([
      flatten(),
      dense({ units: 64, activation: 'relu' }),
      dense({ units: 10, activation: 'softmax' }),
    ]),
  convolutions: () =>
    sequential([
      conv2d({ filters: 16, kernelSize: 3, activation: 'relu' }),
      maxPooling2d(),
      conv2d({ filters: 32, kernelSize: 3, activation: 'relu' }),
      maxPooling2d(),
      flatten(),
      dropout({ rate: 0.3 }),
      dense({ units: 10, activation: 'softmax' }),
    ]),
}

const say = (message: Message): void => postMessage(message)
let isStopped = false

addEventListener('message', ({ data }: MessageEvent<Settings | 'stop'>) => {
  if (data === 'stop') isStopped = true
  else run(data).catch(error => say({ type: 'problem', message: (error as Error).message }))
})

async function run({ model, learningRate, epochs, seed, base }: Settings): Promise<void> {
  const [engine, training, tests] = await Promise.all([
    fetch(`${base}heddle.wasm`).then(response => response.arrayBuffer()),
    examples(base, 'train'),
    examples(base, 't10k'),
  ])
  const backend = wasmBackend(await WebAssembly.compile(engine))
  const network = createNetwork(MODELS[model](), { inputShape: SHAPE, seed, backend })
  const data = {
    name: 'fashion-mnist-mini',
    classNames: FASHION_MNIST_CLASSES,
    imageShape: SHAPE,
    fingerprint: '',
    train: training,
    test: tests,
  }
  const spec = trainSpec({
    optimizer: adam({ learningRate }),
    loss: 'sparseCategoricalCrossentropy',
    epochs,
    validationSplit: 0.2,
  })
  const plan = planTraining(network.model, data, { spec, seed })
  const started = performance.now()
  for await (const event of train({ ...plan, network })) {
    if (event.type === 'run-start') {
      const { parameterCount } = network.model
      say({ type: 'ready', parameters: parameterCount, stepsPerEpoch: event.stepsPerEpoch })
    }
    if (event.type === 'step')
      say({ type: 'step', step: event.step, loss: event.loss, accuracy: event.accuracy })
    if (event.type === 'epoch') {
      const { accuracy, valAccuracy = Number.NaN } = event.metrics as Record<string, number>
      say({ type: 'epoch', epoch: event.epoch, accuracy: accuracy!, valAccuracy })
    }
    if (isStopped) break
  }
  const seconds = (performance.now() - started) / 1000
  say({ type: 'end', isStopped, seconds, ...(await tested(network, tests)) })
}

/** How many test images it gets right, and what it makes of two of each class. */
async function tested(network: Network, { images, labels }: Examples) {
  network.about = { ...network.about, classNames: FASHION_MNIST_CLASSES }
  const predictions = await createPredictor(network).predict(images)
  const right = predictions.filter((prediction, i) => prediction.class === labels[i]).length
  const chosen = FASHION_MNIST_CLASSES.flatMap((_, label) => {
    const first = labels.indexOf(label)
    return [first, labels.indexOf(label, first + 1)]
  })
  const shown = chosen.map(i => ({
    pixels: images.slice(i * SIZE, (i + 1) * SIZE),
    label: FASHION_MNIST_CLASSES[labels[i]!]!,
    answer: predictions[i]!.className,
    probability: predictions[i]!.probability,
  }))
  return { testAccuracy: right / labels.length, shown }
}

/** One part of the small set: IDX files, packed. */
async function examples(base: string, part: 'train' | 't10k'): Promise<Examples> {
  const [images, labels] = await Promise.all([
    unpacked(`${base}fashion-mnist-mini/${part}-images-idx3-ubyte.gz`, 16),
    unpacked(`${base}fashion-mnist-mini/${part}-labels-idx1-ubyte.gz`, 8),
  ])
  return new Examples({ images, labels: Int32Array.from(labels) }, { shape: SHAPE, name: part })
}

/** What follows the header of a gzip file. Some servers unpack such a file on its way. */
async function unpacked(url: string, header: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(await (await fetch(url)).arrayBuffer())
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes.slice(header)
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))
  return new Uint8Array(await new Response(stream).arrayBuffer()).slice(header)
}
