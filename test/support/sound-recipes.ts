import {
  activation,
  adam,
  adamw,
  add,
  averagePooling2d,
  batchNormalization,
  concatenate,
  conv1d,
  conv2d,
  cosineDecay,
  cutout,
  type DataSource,
  dense,
  depthwiseConv2d,
  dropout,
  type ExperimentSpec,
  earlyStopping,
  experiment,
  fashionMnistMini,
  flatten,
  globalAveragePooling1d,
  globalAveragePooling2d,
  graph,
  imageFolder,
  l2,
  type ModelSpec,
  maxPooling2d,
  piecewiseConstantDecay,
  randomCrop,
  randomFlip,
  randomTranslation,
  rescaling,
  reshape,
  rmsprop,
  separableConv2d,
  sequential,
  sgd,
  sparseCategoricalCrossentropy,
  type TrainOptions,
  zeroPadding2d,
} from '../../src/index.ts'

// Recipes that are known to work: Keras' examples and the networks of the literature. The doctor must not object to them.

const grey = fashionMnistMini()
/** 32 × 32 pixels in colour, as CIFAR-10 has; the test makes images of this size. */
const color = imageFolder({ path: 'cifar10' })

const recipe = (
  name: string,
  data: DataSource,
  model: ModelSpec,
  train: Partial<TrainOptions> = {},
): ExperimentSpec =>
  experiment({
    name,
    data,
    models: { model },
    train: {
      optimizer: adam(),
      loss: 'sparseCategoricalCrossentropy',
      epochs: 15,
      batchSize: 128,
      validationSplit: 0.1,
      ...train,
    },
  })

const convolution = (filters: number, options: Partial<Parameters<typeof conv2d>[0]> = {}) =>
  conv2d({ filters, kernelSize: 3, padding: 'same', activation: 'relu', ...options })
/** A convolution whose activation follows its normalisation. */
const normalized = (filters: number, options: Partial<Parameters<typeof conv2d>[0]> = {}) => [
  convolution(filters, { activation: 'linear', useBias: false, ...options }),
  batchNormalization(),
  activation({ activation: 'relu' }),
]
const softmax = dense({ units: 10, activation: 'softmax' })

/** He et al. (2016) on small images: three stages of one block each. */
function residual(): ModelSpec {
  const nodes: Parameters<typeof graph>[0] = {
    stem: [convolution(16, { activation: 'linear' }), 'input'],
    stemNormal: [batchNormalization(), 'stem'],
    stage0: [activation({ activation: 'relu' }), 'stemNormal'],
  }
  const all: Record<string, Parameters<typeof graph>[0][string]> = { ...nodes }
  for (const [i, filters] of [16, 32, 64].entries()) {
    const from = `stage${i}`
    const [a, b] = [`block${i}a`, `block${i}b`]
    const strides = i === 0 ? 1 : 2
    all[a] = [convolution(filters, { activation: 'linear', strides }), from]
    all[`${a}Normal`] = [batchNormalization(), a]
    all[`${a}Relu`] = [activation({ activation: 'relu' }), `${a}Normal`]
    all[b] = [convolution(filters, { activation: 'linear' }), `${a}Relu`]
    all[`${b}Normal`] = [batchNormalization(), b]
    all[`short${i}`] = [convolution(filters, { kernelSize: 1, activation: 'linear', strides }), from]
    all[`sum${i}`] = [add(), `${b}Normal`, `short${i}`]
    all[`stage${i + 1}`] = [activation({ activation: 'relu' }), `sum${i}`]
  }
  return graph({ ...all, pool: [globalAveragePooling2d(), 'stage3'], head: [softmax, 'pool'] })
}

/** Sandler et al. (2018): narrow, wide, narrow, with a linear bottleneck and a residual. */
const invertedResidual = graph({
  stem: [convolution(16, { strides: 2 }), 'input'],
  expand: [convolution(96, { kernelSize: 1, activation: 'linear' }), 'stem'],
  expandNormal: [batchNormalization(), 'expand'],
  expandRelu: [activation({ activation: 'relu' }), 'expandNormal'],
  depth: [depthwiseConv2d({ kernelSize: 3, padding: 'same' }), 'expandRelu'],
  depthNormal: [batchNormalization(), 'depth'],
  depthRelu: [activation({ activation: 'relu' }), 'depthNormal'],
  project: [convolution(16, { kernelSize: 1, activation: 'linear' }), 'depthRelu'],
  projectNormal: [batchNormalization(), 'project'],
  sum: [add(), 'projectNormal', 'stem'],
  narrow: [convolution(24, { strides: 2 }), 'sum'],
  wide: [convolution(96, { strides: 2 }), 'narrow'],
  pool: [globalAveragePooling2d(), 'wide'],
  head: [softmax, 'pool'],
})

/** Huang et al. (2017): each layer reads all before it. */
const denselyConnected = graph({
  stem: [convolution(16, { strides: 2 }), 'input'],
  one: [convolution(12), 'stem'],
  both: [concatenate(), 'stem', 'one'],
  normal: [batchNormalization(), 'both'],
  relu: [activation({ activation: 'relu' }), 'normal'],
  two: [convolution(12), 'relu'],
  all: [concatenate(), 'both', 'two'],
  transition: [convolution(20, { kernelSize: 1 }), 'all'],
  smaller: [averagePooling2d(), 'transition'],
  three: [convolution(32, { strides: 2 }), 'smaller'],
  pool: [globalAveragePooling2d(), 'three'],
  head: [softmax, 'pool'],
})

/** Keras' image classification from scratch: a small Xception, on pixels that the network scales itself. */
const smallXception = graph({
  scale: [rescaling({ scale: 1 / 255 }), 'input'],
  stem: [convolution(64, { strides: 2, activation: 'linear' }), 'scale'],
  stemNormal: [batchNormalization(), 'stem'],
  start: [activation({ activation: 'relu' }), 'stemNormal'],
  one: [separableConv2d({ filters: 128, kernelSize: 3, padding: 'same' }), 'start'],
  oneNormal: [batchNormalization(), 'one'],
  oneRelu: [activation({ activation: 'relu' }), 'oneNormal'],
  two: [separableConv2d({ filters: 128, kernelSize: 3, padding: 'same' }), 'oneRelu'],
  twoNormal: [batchNormalization(), 'two'],
  smaller: [maxPooling2d({ poolSize: 3, strides: 2, padding: 'same' }), 'twoNormal'],
  short: [convolution(128, { kernelSize: 1, strides: 2, activation: 'linear' }), 'start'],
  sum: [add(), 'smaller', 'short'],
  wide: [separableConv2d({ filters: 256, kernelSize: 3, padding: 'same' }), 'sum'],
  wideNormal: [batchNormalization(), 'wide'],
  wideRelu: [activation({ activation: 'relu' }), 'wideNormal'],
  pool: [globalAveragePooling2d(), 'wideRelu'],
  drop: [dropout({ rate: 0.25 }), 'pool'],
  head: [dense({ units: 10 }), 'drop'],
})

const logits = sparseCategoricalCrossentropy({ fromLogits: true })

export const soundRecipes: readonly ExperimentSpec[] = [
  recipe(
    'keras-mnist-convnet',
    grey,
    sequential([
      convolution(32, { padding: 'valid' }),
      maxPooling2d(),
      convolution(64, { padding: 'valid' }),
      maxPooling2d(),
      flatten(),
      dropout({ rate: 0.5 }),
      softmax,
    ]),
    { loss: 'categoricalCrossentropy' },
  ),
  recipe(
    'lenet-5',
    grey,
    sequential([
      convolution(6, { kernelSize: 5 }),
      averagePooling2d(),
      convolution(16, { kernelSize: 5, padding: 'valid' }),
      averagePooling2d(),
      convolution(120, { kernelSize: 5, padding: 'valid' }),
      flatten(),
      dense({ units: 84, activation: 'tanh' }),
      softmax,
    ]),
    { optimizer: sgd({ momentum: 0.9 }) },
  ),
  recipe(
    'keras-mnist-mlp',
    grey,
    sequential([
      flatten(),
      dense({ units: 512, activation: 'relu' }),
      dropout({ rate: 0.2 }),
      dense({ units: 512, activation: 'relu' }),
      dropout({ rate: 0.2 }),
      softmax,
    ]),
    { optimizer: rmsprop(), loss: 'categoricalCrossentropy' },
  ),
  recipe('softmax-regression', grey, sequential([flatten(), softmax]), { optimizer: 'sgd' }),
  recipe(
    'tensorflow-quickstart',
    grey,
    sequential([
      flatten(),
      dense({ units: 128, activation: 'relu' }),
      dropout({ rate: 0.2 }),
      dense({ units: 10 }),
    ]),
    { loss: logits, epochs: 5, batchSize: 32 },
  ),
  recipe(
    'keras-cifar10-cnn',
    color,
    sequential([
      convolution(32),
      convolution(32, { padding: 'valid' }),
      maxPooling2d(),
      dropout({ rate: 0.25 }),
      convolution(64),
      convolution(64, { padding: 'valid' }),
      maxPooling2d(),
      dropout({ rate: 0.25 }),
      flatten(),
      dense({ units: 512, activation: 'relu' }),
      dropout({ rate: 0.5 }),
      softmax,
    ]),
    {
      optimizer: rmsprop({ learningRate: 1e-4 }),
      augmentation: [
        randomFlip({ mode: 'horizontal' }),
        randomTranslation({ heightFactor: 0.1, widthFactor: 0.1 }),
      ],
    },
  ),
  recipe(
    'tensorflow-cnn-tutorial',
    color,
    sequential([
      convolution(32, { padding: 'valid' }),
      maxPooling2d(),
      convolution(64, { padding: 'valid' }),
      maxPooling2d(),
      convolution(64, { padding: 'valid' }),
      flatten(),
      dense({ units: 64, activation: 'relu' }),
      dense({ units: 10 }),
    ]),
    { loss: logits, callbacks: [earlyStopping({ patience: 3, restoreBestWeights: true })] },
  ),
  recipe(
    'vgg-with-batch-normalization',
    color,
    sequential([
      ...normalized(64),
      dropout({ rate: 0.3 }),
      ...normalized(64),
      maxPooling2d(),
      ...normalized(128),
      dropout({ rate: 0.4 }),
      ...normalized(128),
      maxPooling2d(),
      flatten(),
      dense({ units: 512, kernelRegularizer: l2({ l2: 0.0005 }) }),
      batchNormalization(),
      activation({ activation: 'relu' }),
      dropout({ rate: 0.5 }),
      softmax,
    ]),
    {
      optimizer: sgd({
        learningRate: piecewiseConstantDecay({ boundaries: [8000, 16_000], values: [0.1, 0.01, 0.001] }),
        momentum: 0.9,
      }),
    },
  ),
  recipe('resnet', color, residual(), {
    optimizer: sgd({
      learningRate: cosineDecay({ initialLearningRate: 0.1, decaySteps: 20_000 }),
      momentum: 0.9,
      nesterov: true,
    }),
    augmentation: [randomFlip({ mode: 'horizontal' }), randomCrop({ padding: 4 }), cutout({ size: 8 })],
  }),
  recipe(
    'network-in-network',
    color,
    sequential([
      convolution(192, { kernelSize: 5 }),
      convolution(160, { kernelSize: 1 }),
      convolution(96, { kernelSize: 1 }),
      maxPooling2d({ poolSize: 3, strides: 2, padding: 'same' }),
      dropout({ rate: 0.5 }),
      convolution(192, { kernelSize: 5 }),
      convolution(192, { kernelSize: 1 }),
      averagePooling2d({ poolSize: 3, strides: 2, padding: 'same' }),
      dropout({ rate: 0.5 }),
      convolution(192),
      convolution(10, { kernelSize: 1 }),
      globalAveragePooling2d(),
      activation({ activation: 'softmax' }),
    ]),
    { optimizer: sgd({ learningRate: 0.05, momentum: 0.9 }) },
  ),
  recipe(
    'all-convolutional',
    color,
    sequential([
      convolution(96),
      convolution(96, { strides: 2 }),
      convolution(192),
      convolution(192, { strides: 2 }),
      convolution(192, { padding: 'valid' }),
      convolution(192, { kernelSize: 1 }),
      convolution(10, { kernelSize: 1 }),
      globalAveragePooling2d(),
      activation({ activation: 'softmax' }),
    ]),
    { optimizer: sgd({ learningRate: 0.05, momentum: 0.9 }) },
  ),
  recipe(
    'mobilenet',
    color,
    sequential([
      zeroPadding2d(),
      ...normalized(32, { strides: 2, padding: 'valid' }),
      ...[64, 128].flatMap((filters, i) => [
        depthwiseConv2d({ kernelSize: 3, padding: 'same', strides: 1 + i, useBias: false }),
        batchNormalization(),
        activation({ activation: 'relu' }),
        ...normalized(filters, { kernelSize: 1 }),
      ]),
      // Without anything between: a separable convolution by hand.
      depthwiseConv2d({ kernelSize: 3, padding: 'same' }),
      ...normalized(128, { kernelSize: 1 }),
      globalAveragePooling2d(),
      dropout({ rate: 0.2 }),
      softmax,
    ]),
    { optimizer: adamw() },
  ),
  recipe('mobilenet-v2-block', color, invertedResidual),
  recipe('densenet', color, denselyConnected),
  recipe('keras-small-xception', color, smallXception, {
    pixelRange: 'raw',
    loss: logits,
    optimizer: adam({ learningRate: 3e-4 }),
  }),
  recipe(
    'keras-timeseries-fcn',
    grey,
    sequential([
      reshape({ targetShape: [28, 28] }),
      ...[0, 1, 2].flatMap(() => [
        conv1d({ filters: 64, kernelSize: 3, padding: 'same' }),
        batchNormalization(),
        activation({ activation: 'relu' }),
      ]),
      globalAveragePooling1d(),
      softmax,
    ]),
  ),
  recipe(
    'binary-cross-entropy',
    grey,
    sequential([
      convolution(32),
      maxPooling2d(),
      flatten(),
      dense({ units: 64, activation: 'gelu' }),
      dense({ units: 10, activation: 'sigmoid' }),
    ]),
    { loss: 'binaryCrossentropy' },
  ),
]
