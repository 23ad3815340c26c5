/**
 * jax-js on WebAssembly that it generates itself, channels last, in one compiled function, on one thread (Node has no web
 * workers); the optimizers are written out. An array is given away with each use: `.ref` keeps it.
 */

import { activationOf, chain, crossEntropyOnly, penalties, takesLogits } from './spec.mjs'

export const packageName = '@jax-js/jax'

let jax
let np

export async function start(_threads, require) {
  jax = require('@jax-js/jax')
  np = jax.numpy
  await jax.init('wasm')
  jax.defaultDevice('wasm')
}

const activations = {
  linear: x => x,
  relu: x => jax.nn.relu(x),
  sigmoid: x => jax.nn.sigmoid(x),
  tanh: x => np.tanh(x),
  softmax: x => jax.nn.softmax(x, -1),
}

const sizeOf = shape => shape.reduce((size, n) => size * n, 1)
const draw = shape => jax.random.normal(jax.random.key(1), shape).mul(0.05)
const shifted = (x, bias) => (bias ? x.add(bias.ref) : x)

/** The arrays of a layer: {w, bias} or {scale, offset} are trained, {mean, variance} follow. */
function arraysOf(node, shape) {
  const channels = shape.at(-1)
  if (node.kind === 'dense' || node.kind.startsWith('conv')) {
    const outputs = node.units ?? node.filters
    const w = draw([...[node.kernelSize ?? []].flat(), channels, outputs])
    return [{ w, ...(node.useBias && { bias: np.zeros([outputs]) }) }, {}]
  }
  if (node.kind === 'batchNormalization') {
    const scale = node.scale && { scale: np.ones([channels]) }
    const offset = node.center && { offset: np.zeros([channels]) }
    return [
      { ...scale, ...offset },
      { mean: np.zeros([channels]), variance: np.ones([channels]) },
    ]
  }
  return [{}, {}]
}

/** One layer but for its activation: [output, moving statistics]; with a key, in training. */
function apply(node, { trained, moving, convolve, key }, x) {
  const { kind } = node
  if (kind === 'activation' || (kind === 'dropout' && !key)) return [x, moving]
  if (kind === 'reshape') return [x.reshape([x.shape[0], ...node.targetShape]), moving]
  if (kind === 'flatten') return [x.reshape([x.shape[0], sizeOf(x.shape.slice(1))]), moving]
  if (kind === 'dropout') {
    const kept = jax.random.bernoulli(key.ref, 1 - node.rate, x.shape)
    return [np.where(kept, x.div(1 - node.rate), 0), moving]
  }
  if (kind === 'dense') return [shifted(np.dot(x, trained.w.ref), trained.bias), moving]
  if (kind === 'conv1d' || kind === 'conv2d')
    return [shifted(convolve(tapsOf(node, x), trained.w.ref), trained.bias), moving]
  if (kind === 'maxPooling1d' || kind === 'maxPooling2d') return [pool(node, x), moving]
  if (kind === 'batchNormalization') return normalize(node, trained, moving, x, key)
  throw new Error(`no layer ${kind} here`)
}

/** What each place of a kernel sees: the images, shifted. */
function tapsOf({ kernelSize, strides, dilationRate, groups, padding }, x) {
  if ([strides].flat().some(stride => stride > 1) || groups > 1 || padding === 'causal')
    throw new Error('no convolution with strides, groups or causal padding here')
  const [kernel, dilations] = [[kernelSize].flat(), [dilationRate].flat()]
  const spread = kernel.map((size, axis) => (size - 1) * (dilations[axis] ?? dilations[0]))
  const around = spread.map(zeros => [zeros >> 1, zeros - (zeros >> 1)])
  const padded = padding === 'same' ? np.pad(x, [[0, 0], ...around, [0, 0]]) : x
  const sizes = padded.shape.slice(1, -1).map((size, axis) => size - spread[axis])
  const places = kernel.reduce(
    (found, size) => found.flatMap(place => Array.from({ length: size }, (_, at) => [...place, at])),
    [[]],
  )
  const taps = places.map(place => {
    const from = place.map((at, axis) => at * (dilations[axis] ?? dilations[0]))
    return padded.ref.slice([], ...from.map((start, axis) => [start, start + sizes[axis]]), [])
  })
  padded.dispose()
  return taps
}

/** Convolutions as products of matrices: `lax.convGeneralDilated` takes twenty times as long, and more. */
const convolutions = {
  /** One product with all taps side by side. */
  patches(taps, w) {
    const [shape, depth, outputs] = [taps[0].shape, sizeOf(w.shape.slice(0, -1)), w.shape.at(-1)]
    const rows = np.concatenate(taps, -1).reshape([sizeOf(shape.slice(0, -1)), depth])
    return np.dot(rows, w.reshape([depth, outputs])).reshape([...shape.slice(0, -1), outputs])
  },
  /** The sum of a product for each tap. */
  taps(taps, w) {
    const [shape, [channels, outputs]] = [taps[0].shape, w.shape.slice(-2)]
    const rows = sizeOf(shape.slice(0, -1))
    const kernels = np.unstack(w.reshape([taps.length, channels, outputs]))
    const products = taps.map((tap, i) => np.dot(tap.reshape([rows, channels]), kernels[i]))
    return products.reduce((sum, product) => sum.add(product)).reshape([...shape.slice(0, -1), outputs])
  },
}

/** Windows side by side: their places become axes of their own. */
function pool({ poolSize, strides, padding }, x) {
  const size = [poolSize].flat()
  if (
    padding !== 'valid' ||
    [strides ?? size].flat().some((stride, axis) => stride !== (size[axis] ?? size[0]))
  )
    throw new Error('no pooling with padding or windows that overlap here')
  const [batch, channels, sizes] = [x.shape[0], x.shape.at(-1), x.shape.slice(1, -1)]
  const out = sizes.map((n, axis) => Math.floor(n / size[axis]))
  const whole = x.slice([], ...out.map((n, axis) => [0, n * size[axis]]), [])
  const windows = whole.reshape([batch, ...out.flatMap((n, axis) => [n, size[axis]]), channels])
  return np.max(
    windows,
    out.map((_, axis) => 2 + 2 * axis),
  )
}

function normalize({ momentum, epsilon }, { scale, offset }, moving, x, training) {
  let { mean, variance } = moving
  let after = moving
  if (training) {
    const axes = [...x.shape.keys()].slice(0, -1)
    mean = np.mean(x.ref, axes)
    variance = np.var_(x.ref, axes)
    const follow = (old, now) => old.ref.mul(momentum).add(now.ref.mul(1 - momentum))
    after = { mean: follow(moving.mean, mean), variance: follow(moving.variance, variance) }
  }
  const y = x.sub(mean.ref).div(np.sqrt(variance.ref.add(epsilon)))
  return [shifted(scale ? y.mul(scale.ref) : y, offset), after]
}

/** [output, moving statistics] of the layers; with a key, in training. */
function forward(layers, { trained, moving, images, convolve, key, dropSoftmax }) {
  const keys = key ? np.unstack(jax.random.split(key, layers.length)) : []
  let x = images
  const after = layers.map((node, i) => {
    const [y, state] = apply(node, { trained: trained[i], moving: moving[i], convolve, key: keys[i] }, x)
    const last = dropSoftmax && i === layers.length - 1
    x = last ? y : activations[activationOf(node, Object.keys(activations))](y)
    return state
  })
  return [x, after]
}

/** How many arrays an optimizer keeps of each weight, and (weight, gradient, arrays, step number) -> [weight, arrays]. */
function optimizerOf({ kind, learningRate, beta1, beta2, epsilon, rho, momentum }) {
  const mix = (share, old, now) => old.mul(share).add(now.mul(1 - share))
  if (kind === 'adam') {
    const update = (w, g, [m, v], step) => {
      const first = mix(beta1, m, g.ref)
      const second = mix(beta2, v, np.square(g))
      const unbias = np.sqrt(np.power(beta2, step.ref).neg().add(1)).div(np.power(beta1, step).neg().add(1))
      const delta = first.ref.mul(unbias.mul(learningRate)).div(np.sqrt(second.ref).add(epsilon))
      return [w.sub(delta), [first, second]]
    }
    return { slots: 2, update }
  }
  if (kind === 'adadelta') {
    const update = (w, g, [seen, moved], step) => {
      step.dispose()
      const now = mix(rho, seen, np.square(g.ref))
      const ratio = np.sqrt(moved.ref.add(epsilon)).div(np.sqrt(now.ref.add(epsilon)))
      const delta = ratio.mul(g)
      return [w.sub(delta.ref.mul(learningRate)), [now, mix(rho, moved, np.square(delta))]]
    }
    return { slots: 2, update }
  }
  if (kind === 'sgd' && !momentum) {
    const update = (w, g, slots, step) => {
      step.dispose()
      return [w.sub(g.mul(learningRate)), slots]
    }
    return { slots: 0, update }
  }
  throw new Error(`no optimizer ${kind} here`)
}

function crossEntropyOf(job) {
  crossEntropyOnly(job.loss)
  const logOf =
    job.loss.fromLogits || takesLogits(job)
      ? y => jax.nn.logSoftmax(y, -1)
      : y => np.log(np.clip(y, 1e-7, 1 - 1e-7))
  return (y, rows) => np.mean(np.sum(logOf(y).mul(rows), 1)).neg()
}

/** The kernels' L1 and L2 penalties added to a loss. */
function penalized(loss, layers, trained) {
  return layers.reduce((sum, node, i) => {
    const { l1, l2 } = penalties(node)
    const { w } = trained[i]
    const first = l1 ? sum.add(np.sum(np.abs(w.ref)).mul(l1)) : sum
    return l2 ? first.add(np.sum(np.square(w.ref)).mul(l2)) : first
  }, loss)
}

/** What the variants keep from call to call. */
let held = {}

export async function prepare(job) {
  jax.tree.dispose(held)
  held = {}
  const layers = chain(job.spec)
  const variants = {}
  let parameters
  for (const [name, convolve] of Object.entries(convolutions)) {
    const images = jax.random.uniform(jax.random.key(2), [job.batch, ...job.inputShape])
    const [trained, moving] = [[], []]
    let x = images.ref
    for (const node of layers) {
      const [w, s] = arraysOf(node, x.shape)
      ;[x] = apply(node, { trained: w, moving: s, convolve }, x)
      trained.push(w)
      moving.push(s)
    }
    const classes = x.shape.at(-1)
    x.dispose()
    parameters = jax.tree.leaves([trained, moving]).reduce((sum, { shape }) => sum + sizeOf(shape), 0)
    held[name] = { trained, moving, images }
    variants[`${name}, one thread`] =
      job.what === 'step' ? stepper(layers, name, job, classes) : caller(layers, name)
  }
  return { parameters, variants }
}

function caller(layers, name) {
  const convolve = convolutions[name]
  const call = jax.jit(state => forward(layers, { ...state, convolve })[0])
  return async calls => {
    for (let i = 0; i < calls; i++) {
      const y = call(jax.tree.ref(held[name]))
      await jax.blockUntilReady(y)
      y.dispose()
    }
  }
}

function stepper(layers, name, job, classes) {
  const convolve = convolutions[name]
  const lossOf = crossEntropyOf(job)
  const { slots, update } = optimizerOf(job.optimizer)
  const dropSoftmax = takesLogits(job)

  const step = jax.jit(({ trained, moving, slots, number, key, images, rows }) => {
    const [next, own] = np.unstack(jax.random.split(key))
    const lossAt = weights => {
      const network = { trained: weights, moving, images, convolve, key: own, dropSoftmax }
      const [y, after] = forward(layers, network)
      return [penalized(lossOf(y, rows), layers, weights), after]
    }
    const [[loss, after], gradients] = jax.valueAndGrad(lossAt, { hasAux: true })(jax.tree.ref(trained))
    loss.dispose()
    const [weights, tree] = jax.tree.flatten(trained)
    const all = jax.tree.leaves(gradients)
    const updated = weights.map((w, i) => update(w, all[i], slots[i], number.ref))
    return {
      trained: jax.tree.unflatten(
        tree,
        updated.map(([w]) => w),
      ),
      moving: after,
      slots: updated.map(([, kept]) => kept),
      number: number.add(1),
      key: next,
    }
  })

  const kept = w => Array.from({ length: slots }, () => np.zeros(w.shape))
  const labels = jax.random.randint(jax.random.key(3), { minval: 0, maxval: classes, shape: [job.batch] })
  held[name] = {
    ...held[name],
    slots: jax.tree.leaves(held[name].trained).map(kept),
    number: np.array(1),
    key: jax.random.key(4),
    rows: jax.nn.oneHot(labels, classes),
  }
  return async steps => {
    for (let i = 0; i < steps; i++) {
      const { images, rows } = held[name]
      const after = step({ ...held[name], images: images.ref, rows: rows.ref })
      held[name] = { ...after, images, rows }
      await jax.blockUntilReady(held[name])
    }
  }
}
