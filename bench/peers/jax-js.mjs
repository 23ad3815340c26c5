/**
 * jax-js on WebAssembly that it generates itself, channels first, in one compiled function; the optimizers are written
 * out. An array is given away with each use: `.ref` keeps it.
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
  softmax: x => jax.nn.softmax(x, 1),
}

const sizeOf = shape => shape.reduce((size, n) => size * n, 1)
const draw = shape => jax.random.normal(jax.random.key(1), shape).mul(0.05)
/** A vector by channels, for what has `rank` axes behind them. */
const byChannel = (channels, rank) => [channels, ...Array(rank).fill(1)]

/** The arrays of a layer: {w, bias} or {scale, offset} are trained, {mean, variance} follow. */
function arraysOf(node, [channels, ...sizes]) {
  if (node.kind === 'dense') {
    const bias = node.useBias && { bias: np.zeros([node.units]) }
    return [{ w: draw([channels, node.units]), ...bias }, {}]
  }
  if (node.kind.startsWith('conv')) {
    const kernel = [node.filters, channels / node.groups, ...[node.kernelSize].flat()]
    const bias = node.useBias && { bias: np.zeros(byChannel(node.filters, sizes.length)) }
    return [{ w: draw(kernel), ...bias }, {}]
  }
  if (node.kind === 'batchNormalization') {
    const shape = byChannel(channels, sizes.length)
    const scale = node.scale && { scale: np.ones(shape) }
    const offset = node.center && { offset: np.zeros(shape) }
    return [
      { ...scale, ...offset },
      { mean: np.zeros(shape), variance: np.ones(shape) },
    ]
  }
  return [{}, {}]
}

/** One layer but for its activation: [output, moving statistics]. */
function apply(node, trained, moving, x, key) {
  const { kind } = node
  if (kind === 'activation' || (kind === 'dropout' && !key)) return [x, moving]
  if (kind === 'reshape') return [reorder(x, node.targetShape), moving]
  if (kind === 'flatten') return [reorder(x, [sizeOf(x.shape.slice(1))]), moving]
  if (kind === 'dropout') {
    const kept = jax.random.bernoulli(key.ref, 1 - node.rate, x.shape)
    return [np.where(kept, x.div(1 - node.rate), 0), moving]
  }
  if (kind === 'dense' && x.ndim === 2) return [shifted(np.dot(x, trained.w.ref), trained.bias), moving]
  if (kind === 'conv1d' || kind === 'conv2d') {
    const [strides, rhsDilation] = [[node.strides].flat(), [node.dilationRate].flat()]
    const options = { rhsDilation, featureGroupCount: node.groups }
    const y = jax.lax.convGeneralDilated(x, trained.w.ref, strides, node.padding.toUpperCase(), options)
    return [shifted(y, trained.bias), moving]
  }
  if ((kind === 'maxPooling1d' || kind === 'maxPooling2d') && node.padding === 'valid') {
    const size = [node.poolSize].flat()
    return [jax.lax.reduceWindow(x, np.max, size, [node.strides ?? size].flat()), moving]
  }
  if (kind === 'batchNormalization') return normalize(node, trained, moving, x, key)
  throw new Error(`no layer ${kind} of these options here`)
}

const shifted = (x, bias) => (bias ? x.add(bias.ref) : x)

/** Into the order in which Heddle reshapes, channels last, and back. */
function reorder(x, target) {
  const last = x.ndim > 2 && x.shape[1] > 1 ? np.moveaxis(x, 1, -1) : x
  const shaped = last.reshape([x.shape[0], ...target])
  return target.length > 1 ? np.moveaxis(shaped, -1, 1) : shaped
}

function normalize({ momentum, epsilon }, { scale, offset }, moving, x, training) {
  let { mean, variance } = moving
  let after = moving
  if (training) {
    const axes = [0, ...x.shape.keys()].filter(axis => axis !== 1).slice(1)
    mean = np.mean(x.ref, axes, { keepdims: true }).reshape(moving.mean.shape)
    variance = np.var_(x.ref, axes, { keepdims: true }).reshape(moving.mean.shape)
    const follow = (old, now) => old.ref.mul(momentum).add(now.ref.mul(1 - momentum))
    after = { mean: follow(moving.mean, mean), variance: follow(moving.variance, variance) }
  }
  const deviation = np.sqrt(variance.ref.add(epsilon))
  const y = x.sub(mean.ref).div(deviation)
  return [shifted(scale ? y.mul(scale.ref) : y, offset), after]
}

/** [output, moving statistics] of the layers; with a key, in training. */
function forward(layers, { trained, moving, images, key, dropSoftmax }) {
  const keys = key ? np.unstack(jax.random.split(key, layers.length)) : []
  let x = images
  const after = layers.map((node, i) => {
    const [y, state] = apply(node, trained[i], moving[i], x, keys[i])
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
      ? y => jax.nn.logSoftmax(y, 1)
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

let state

export async function prepare(job) {
  jax.tree.dispose(state)
  const layers = chain(job.spec)
  const [channels, sizes] = [job.inputShape.at(-1), job.inputShape.slice(0, -1)]
  const images = jax.random.uniform(jax.random.key(2), [job.batch, channels, ...sizes])
  const [trained, moving] = [[], []]
  let x = images.ref
  for (const node of layers) {
    const [w, s] = arraysOf(node, x.shape.slice(1))
    ;[x] = apply(node, w, s, x)
    trained.push(w)
    moving.push(s)
  }
  const classes = x.shape[1]
  x.dispose()
  const parameters = jax.tree.leaves([trained, moving]).reduce((sum, { shape }) => sum + sizeOf(shape), 0)
  const network = { layers, trained, moving, images }
  return {
    parameters,
    variants: { jit: job.what === 'step' ? stepper(network, job, classes) : caller(network) },
  }
}

function caller({ layers, trained, moving, images }) {
  state = { trained, moving, images }
  const call = jax.jit(({ trained, moving, images }) => forward(layers, { trained, moving, images })[0])
  return async calls => {
    for (let i = 0; i < calls; i++) {
      const y = call(jax.tree.ref(state))
      await jax.blockUntilReady(y)
      y.dispose()
    }
  }
}

function stepper({ layers, trained, moving, images }, job, classes) {
  const labels = jax.random.randint(jax.random.key(3), { minval: 0, maxval: classes, shape: [job.batch] })
  const lossOf = crossEntropyOf(job)
  const { slots, update } = optimizerOf(job.optimizer)
  const dropSoftmax = takesLogits(job)

  const step = jax.jit(({ trained, moving, slots, number, key, images, rows }) => {
    const [next, own] = np.unstack(jax.random.split(key))
    const lossAt = weights => {
      const [y, after] = forward(layers, { trained: weights, moving, images, key: own, dropSoftmax })
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
  const rows = jax.nn.oneHot(labels, classes)
  state = {
    trained,
    moving,
    slots: jax.tree.leaves(trained).map(kept),
    number: np.array(1),
    key: jax.random.key(4),
    images,
    rows,
  }
  return async steps => {
    for (let i = 0; i < steps; i++) {
      const { images, rows } = state
      state = { ...step({ ...state, images: images.ref, rows: rows.ref }), images, rows }
      await jax.blockUntilReady(state)
    }
  }
}
