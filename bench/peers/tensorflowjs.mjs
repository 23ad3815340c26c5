/**
 * TensorFlow.js. Variants: WebAssembly, in Node on one thread, and libtensorflow where `@tensorflow/tfjs-node` is installed.
 * Its plain JavaScript is not tried: a step takes thirty times as long.
 */

import { activationOf, chain, crossEntropyOnly, penalties, takesLogits } from './spec.mjs'

export const packageName = '@tensorflow/tfjs-core'

const activations = ['linear', 'relu', 'sigmoid', 'tanh', 'softmax', 'elu', 'selu', 'softplus']

let tf
let layers
const backends = ['wasm']

export async function start(threads, require) {
  tf = require('@tensorflow/tfjs-core')
  layers = require('@tensorflow/tfjs-layers')
  require('@tensorflow/tfjs-backend-wasm')
  registerGradients()
  process.env.TF_NUM_INTRAOP_THREADS = String(threads)
  try {
    require('@tensorflow/tfjs-node')
    backends.push('tensorflow')
  } catch {
    // Its binary is not on npm, and does not install everywhere.
  }
}

/**
 * What the wasm backend lacks, the gradient of a convolution's kernel, and what it does in scalar loops, that of its
 * images: both are convolutions themselves.
 */
function registerGradients() {
  tf.registerKernel({
    kernelName: 'Conv2DBackpropFilter',
    backendName: 'wasm',
    kernelFunc: ({ inputs: { x, dy }, attrs }) => tf.tidy(() => kernelGradient(x, dy, attrs)),
  })
  const inLoops = tf.getKernel('Conv2DBackpropInput', 'wasm')
  tf.unregisterKernel('Conv2DBackpropInput', 'wasm')
  tf.registerKernel({
    ...inLoops,
    kernelFunc: call => {
      const { inputs, attrs } = call
      if ([attrs.strides].flat().some(stride => stride > 1)) return inLoops.kernelFunc(call)
      return tf.tidy(() => imageGradient(inputs.filter, inputs.dy, attrs))
    },
  })
}

/** Images are taken for channels, and the output's gradient for a kernel as large as the output. */
function kernelGradient(x, dy, { strides, pad, filterShape }) {
  const info = tf.backend_util.computeConv2DInfo(x.shape, filterShape, strides, 1, pad)
  const { padInfo, strideHeight, strideWidth } = info
  const height = (info.outHeight - 1) * strideHeight + info.filterHeight
  const width = (info.outWidth - 1) * strideWidth + info.filterWidth
  const bottom = Math.max(0, height - padInfo.top - x.shape[1])
  const end = Math.max(0, width - padInfo.left - x.shape[2])
  const padded = tf.pad(tf.transpose(x, [3, 1, 2, 0]), [
    [0, 0],
    [padInfo.top, bottom],
    [padInfo.left, end],
    [0, 0],
  ])
  const images = tf.slice(padded, [0, 0, 0, 0], [-1, height, width, -1])
  const gradient = tf.conv2d(images, tf.transpose(dy, [1, 2, 0, 3]), 1, 'valid', 'NHWC', [
    strideHeight,
    strideWidth,
  ])
  return tf.transpose(gradient, [1, 2, 0, 3])
}

/** The kernel is turned around, and its inputs and outputs are swapped. */
function imageGradient(filter, dy, { pad, inputShape }) {
  const [height, width] = filter.shape
  const { top, bottom, left, right } = tf.backend_util.computeConv2DInfo(
    inputShape,
    filter.shape,
    1,
    1,
    pad,
  ).padInfo
  const around = [
    [0, 0],
    [height - 1 - top, height - 1 - bottom],
    [width - 1 - left, width - 1 - right],
    [0, 0],
  ]
  return tf.conv2d(dy, tf.transpose(tf.reverse(filter, [0, 1]), [0, 1, 3, 2]), 1, around)
}

function layer(node, dropSoftmax) {
  const { kind } = node
  const make = (options = {}) => layers.layers[kind](options)
  const activation = dropSoftmax ? 'linear' : activationOf(node, activations)
  if (kind === 'reshape') return make({ targetShape: node.targetShape })
  if (kind === 'flatten') return make()
  if (kind === 'dropout') return make({ rate: node.rate })
  if (kind === 'activation') return make({ activation })
  if (kind === 'dense' || kind === 'conv1d' || kind === 'conv2d') {
    const { l1, l2 } = penalties(node)
    const kernelRegularizer = l1 || l2 ? layers.regularizers.l1l2({ l1, l2 }) : undefined
    const same = { activation, useBias: node.useBias, kernelRegularizer }
    if (kind === 'dense') return make({ units: node.units, ...same })
    const { filters, kernelSize, strides, padding, dilationRate, groups } = node
    if (groups !== 1) throw new Error(`no ${kind} of groups here`)
    return make({ filters, kernelSize, strides, padding, dilationRate, ...same })
  }
  if (kind === 'maxPooling1d' || kind === 'maxPooling2d') {
    const { poolSize, strides, padding } = node
    return make({ poolSize, strides: strides ?? undefined, padding })
  }
  if (kind === 'batchNormalization') {
    const { momentum, epsilon, center, scale } = node
    return make({ momentum, epsilon, center, scale })
  }
  throw new Error(`no layer ${kind} here`)
}

function optimizerOf(spec) {
  const { kind, learningRate, momentum, nesterov, beta1, beta2, epsilon, rho } = spec
  if (kind === 'adam') return tf.train.adam(learningRate, beta1, beta2, epsilon)
  if (kind === 'adadelta') return tf.train.adadelta(learningRate, rho, epsilon)
  if (kind === 'sgd')
    return momentum ? tf.train.momentum(learningRate, momentum, nesterov) : tf.train.sgd(learningRate)
  throw new Error(`no optimizer ${kind} here`)
}

export async function prepare(job) {
  tf.disposeVariables()
  const training = job.what === 'step'
  const nodes = chain(job.spec)
  const dropSoftmax = node => training && node === nodes.at(-1) && takesLogits(job)
  const variants = {}
  let parameters
  for (const backend of backends) {
    await tf.setBackend(backend)
    const inputs = layers.input({ shape: job.inputShape })
    const outputs = nodes.reduce((x, node) => layer(node, dropSoftmax(node)).apply(x), inputs)
    const model = layers.model({ inputs, outputs })
    const images = tf.randomUniform([job.batch, ...job.inputShape])
    const run = training ? stepper(model, images, job) : caller(model, images)
    variants[backend === 'wasm' ? 'wasm, one thread' : backend] = async calls => {
      await tf.setBackend(backend)
      run(calls)
    }
    parameters = model.countParams()
  }
  return { parameters, variants }
}

const caller = (model, images) => calls => {
  for (let call = 0; call < calls; call++) tf.tidy(() => model.apply(images, { training: false }).dataSync())
}

function stepper(model, images, job) {
  const classes = model.outputShape.at(-1)
  const labels = tf.oneHot(tf.randomUniform([job.batch], 0, classes, 'int32'), classes, 1, 0, 'float32')
  const lossOf = crossEntropyOf(job)
  const optimizer = optimizerOf(job.optimizer)
  const trained = model.trainableWeights.map(weight => weight.read())
  const loss = () =>
    tf.addN([lossOf(labels, model.apply(images, { training: true })), ...model.calculateLosses()])
  return steps => {
    for (let step = 0; step < steps; step++)
      tf.tidy(() => optimizer.minimize(loss, step === steps - 1, trained)?.dataSync())
  }
}

function crossEntropyOf(job) {
  crossEntropyOnly(job.loss)
  if (job.loss.fromLogits || takesLogits(job)) return (labels, y) => tf.losses.softmaxCrossEntropy(labels, y)
  return (labels, y) => tf.mean(layers.metrics.categoricalCrossentropy(labels, y))
}
