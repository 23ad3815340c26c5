/**
 * What must not compile, and what must: read by `npx tsc -p tsconfig.json`, never run.
 * A line under `@ts-expect-error` that compiles after all is an error itself.
 */
import {
  activation,
  adam,
  categoricalCrossentropy,
  conv2d,
  cosineDecay,
  csvLogger,
  dense,
  dropout,
  earlyStopping,
  experiment,
  exponentialDecay,
  fashionMnistMini,
  flatten,
  graph,
  type History,
  l1,
  type ModelSpec,
  maxPooling2d,
  meanSquaredError,
  normalization,
  piecewiseConstantDecay,
  randomFlip,
  randomRotation,
  randomTranslation,
  sequential,
  sgd,
  type TrainEvent,
  zeroPadding2d,
} from '../../src/index.ts'

export function layers(): void {
  conv2d({ filters: 8, kernelSize: 3, activation: { kind: 'elu', alpha: 1 }, strides: [1, 2] })
  // @ts-expect-error filters are missing
  conv2d({ kernelSize: 3 })
  // @ts-expect-error kernelSize is missing
  conv2d({ filters: 8 })
  // @ts-expect-error an unknown option
  conv2d({ filters: 8, kernelSize: 3, stride: 2 })
  // @ts-expect-error three sides
  conv2d({ filters: 8, kernelSize: [3, 3, 3] })
  // @ts-expect-error no such padding
  conv2d({ filters: 8, kernelSize: 3, padding: 'full' })
  // @ts-expect-error no such activation
  conv2d({ filters: 8, kernelSize: 3, activation: 'rleu' })
  // @ts-expect-error no such initializer
  dense({ units: 8, kernelInitializer: 'glorot_uniform' })
  dense({ units: 8, kernelRegularizer: 'l2', biasRegularizer: l1({ l1: 0.1 }) })
  // @ts-expect-error no such regularizer
  dense({ units: 8, kernelRegularizer: 'l3' })
  // @ts-expect-error a factor of another regularizer
  l1({ l2: 0.1 })
  // @ts-expect-error a parameter of another activation
  dense({ units: 8, activation: { kind: 'elu', negativeSlope: 0.1 } })
  // @ts-expect-error a text
  dense({ units: '8' })
  // @ts-expect-error the rate is missing
  dropout({})
  // @ts-expect-error the activation is missing
  activation({})
  // @ts-expect-error flatten takes nothing
  flatten({ units: 8 })
  // @ts-expect-error no such option
  maxPooling2d({ pool: 2 })
  zeroPadding2d({ padding: [1, [0, 2]] })
  // @ts-expect-error three sides
  zeroPadding2d({ padding: [1, 2, 3] })
  normalization({ mean: [0.5], variance: [1] })
  // @ts-expect-error the variance is missing
  normalization({ mean: 0.5 })
}

export function specsAreReadOnly(model: ModelSpec, history: History): void {
  const layer = dense({ units: 8 })
  const units: number = layer.units
  // @ts-expect-error specs cannot be changed
  layer.units = units + 1
  // @ts-expect-error nor can what they hold
  conv2d({ filters: 8, kernelSize: 3 }).kernelSize[0] = 5
  // @ts-expect-error nor models
  model.nodes.push(model.nodes[0]!)
  // @ts-expect-error nor their names
  model.nodes[0]!.name = 'other'
  // @ts-expect-error nor what was measured
  history.loss!.push(0)
  // @ts-expect-error what was not measured may be absent
  history.valLoss.length
}

export function models(): void {
  sequential([flatten(), dense({ units: 10 })], { inputShape: [28, 28, 1] })
  // @ts-expect-error layers come in a list
  sequential(flatten(), dense({ units: 10 }))
  // @ts-expect-error a name is not a layer
  sequential(['flatten'])
  // @ts-expect-error an unknown option
  sequential([flatten()], { shape: [28, 28, 1] })
  graph({ row: [flatten(), 'input'], head: [dense({ units: 10 }), 'row'] })
  // @ts-expect-error a node is a list
  graph({ row: flatten() })
  // @ts-expect-error the layer comes first
  graph({ row: ['input', flatten()] })
}

export function training(): void {
  const data = fashionMnistMini()
  const models = { linear: sequential([flatten(), dense({ units: 10, activation: 'softmax' })]) }
  const train = { optimizer: 'adam', loss: 'sparseCategoricalCrossentropy' } as const
  experiment({ name: 'a', data, models, train: { ...train, callbacks: [earlyStopping()] } })
  experiment({ name: 'a', data, models, train: { optimizer: sgd(), loss: categoricalCrossentropy() } })
  // @ts-expect-error the loss is missing
  experiment({ name: 'a', data, models, train: { optimizer: 'adam' } })
  // @ts-expect-error no such optimizer
  experiment({ name: 'a', data, models, train: { ...train, optimizer: 'adamax' } })
  // @ts-expect-error no such loss
  experiment({ name: 'a', data, models, train: { ...train, loss: 'mse' } })
  // @ts-expect-error no such semantics
  categoricalCrossentropy({ semantics: 'keras' })
  // @ts-expect-error it compares no labels of classes
  meanSquaredError({ labelSmoothing: 0.1 })
  // @ts-expect-error it looks for no logits
  meanSquaredError({ fromLogits: true })
  // @ts-expect-error an unknown option
  experiment({ name: 'a', data, models, train: { ...train, epoch: 3 } })
  experiment({ name: 'a', data, models, train: { ...train, classWeight: { Bag: 4, 0: 2 }, topK: 3 } })
  // @ts-expect-error weights are numbers
  experiment({ name: 'a', data, models, train: { ...train, classWeight: { Bag: '4' } } })
  // @ts-expect-error only the test examples have a name
  experiment({ name: 'a', data, models, train: { ...train, validationData: 'train' } })
  experiment({
    name: 'a',
    data,
    models,
    train: { ...train, pixelRange: 'raw', augmentation: [randomFlip()] },
  })
  // @ts-expect-error a spec, not its name
  experiment({ name: 'a', data, models, train: { ...train, augmentation: ['randomFlip'] } })
  // @ts-expect-error no such range
  experiment({ name: 'a', data, models, train: { ...train, pixelRange: 255 } })
  // @ts-expect-error the width's factor is missing
  randomTranslation({ heightFactor: 0.1 })
  // @ts-expect-error Keras' name in snake case
  randomRotation({ factor: 0.1, fill_mode: 'constant' })
  // @ts-expect-error a source, not its name
  experiment({ name: 'a', data: 'fashionMnist', models, train })
  // @ts-expect-error a callback, not its name
  experiment({ name: 'a', data, models, train: { ...train, callbacks: ['earlyStopping'] } })
}

export function optimizers(): void {
  adam({ learningRate: cosineDecay({ initialLearningRate: 0.1, decaySteps: 10 }) })
  // @ts-expect-error adam has no momentum
  adam({ momentum: 0.9 })
  // @ts-expect-error decay is adamw's
  adam({ weightDecay: 0.1 })
  // @ts-expect-error a spec, not the name of a schedule
  sgd({ learningRate: 'cosineDecay' })
  // @ts-expect-error decayRate is missing
  exponentialDecay({ initialLearningRate: 0.1, decaySteps: 10 })
  // @ts-expect-error values are missing
  piecewiseConstantDecay({ boundaries: [10] })
  // @ts-expect-error Keras' name in snake case
  earlyStopping({ monitor: 'val_loss' })
  // @ts-expect-error the path is missing
  csvLogger({ append: true })
  // @ts-expect-error no such separator
  csvLogger({ path: 'log.csv', separator: ', ' })
}

/** The events are a closed union: a new one makes this function an error. */
export function eventsAreClosed(event: TrainEvent): string {
  switch (event.type) {
    case 'run-start':
    case 'run-end':
      return String(event.epochs)
    case 'features':
      return String(event.total)
    case 'step':
      return String(event.batchSize)
    case 'epoch':
      return String(event.metrics.valLoss?.toFixed(4))
  }
}
