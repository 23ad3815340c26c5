import { HeddleError } from '../../../base/errors.ts'
import type { H5File } from '../hdf5.ts'
import { fromKeras, kerasShape } from '../keras/kernel-order.ts'
import { snakeCase } from '../keras/spelling.ts'
import type { Layout, LooseArray, LooseGroup, LooseWeights } from './loose-weights.ts'

const MAX_GROUPS = 10_000

/** Reads the weights of an HDF5 file of Keras: `.weights.h5` of Keras 3, and `.h5` of Keras 1 to 3, with or without a model. */
export function readH5Weights(file: H5File): LooseWeights {
  const root = file.isGroup('/model_weights') ? '/model_weights' : ''
  const names = file.texts(root === '' ? '/' : root, 'layer_names')
  const isNew = names === null && file.isGroup('/layers')
  const groups = isNew ? countedGroups(file) : (names ?? []).map(name => namedGroup(file, root, name))
  const kept = groups.filter(({ arrays }) => arrays.length > 0)
  if (kept.length === 0)
    throw new HeddleError('it has no weights of Keras: neither "layer_names" nor the group "layers".')
  return { layout: keras, groups: kept, order: isNew ? 'none' : 'graph', remarks: [] }
}

function namedGroup(file: H5File, root: string, name: string): LooseGroup {
  const group = `${root}/${name}`
  const names = file.texts(group, 'weight_names') ?? []
  return { name, arrays: names.map(own => arrayAt(file, `${group}/${own}`, partOf(own, name))) }
}

/** `layers/conv2d_1/vars/0`, with the layer's own name as an attribute. Models in models are not among them. */
function countedGroups(file: H5File): LooseGroup[] {
  const groups = file.names('/layers')
  if (groups.length > MAX_GROUPS) throw new HeddleError(`it has more than ${MAX_GROUPS} layers.`)
  return groups.map(group => {
    if (file.isGroup(`/layers/${group}/layers`)) {
      throw new HeddleError(
        `"${group}" is a model in the model, whose weights are not read without it. Save the whole model in Keras: model.save("model.keras").`,
      )
    }
    const vars = `/layers/${group}/vars`
    const numbers = file.names(vars).filter(name => /^\d{1,6}$/.test(name))
    const arrays = numbers
      .sort((a, b) => Number(a) - Number(b))
      .map(number => arrayAt(file, `${vars}/${number}`, number))
    const name = arrays.length > 0 ? file.text(vars, 'name') : null
    return { name: name ?? group, arrays }
  })
}

function arrayAt(file: H5File, path: string, part: string): LooseArray {
  const shape = file.shape(path)
  if (!shape) throw new HeddleError(`its weights "${path.slice(0, 200)}" are not in the file.`)
  return { name: path.slice(1), part, shape, numbers: () => file.numbers(path) }
}

/** `conv1/conv1_W:0` as `W`, `dense/kernel:0` as `kernel`. */
function partOf(name: string, layer: string): string {
  const whole = name.replace(/:\d+$/, '')
  return whole.startsWith(`${layer}_`) ? whole.slice(layer.length + 1) : whole.split('/').at(-1)!
}

/** Names that Keras 1 uses, and Keras 2 for depthwise kernels. */
const OTHER_PARTS: Readonly<Record<string, readonly string[]>> = {
  kernel: ['W', 'depthwise_kernel'],
  bias: ['b'],
  moving_mean: ['running_mean'],
  moving_variance: ['running_std'],
}

/** Arrays stand in the order of Heddle; their names are checked where they have one. */
const keras: Layout = {
  program: 'Keras',
  find({ name, arrays }, parameter, index) {
    const array = arrays[index]
    const expected = snakeCase(parameter.name)
    if (!array || /^\d+$/.test(array.part)) return array
    if (array.part === expected || OTHER_PARTS[expected]?.includes(array.part)) return array
    throw new HeddleError(
      `array ${index + 1} of "${name}" is called "${array.part.slice(0, 100)}", and the layer needs ${expected} there.`,
    )
  },
  shapeOf: kerasShape,
  toHeddle: fromKeras,
}
