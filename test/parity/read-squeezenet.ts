// Takes the weights of a .h5 without a model onto SqueezeNet 1.1, in the order of its layers, and compares what Keras says:
//
//     python test/parity/write-squeezenet.py FOLDER
//     npx jiti test/parity/read-squeezenet.ts FOLDER

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { chooseBackend } from '../../src/engine/backends/choose.ts'
import { readWeights } from '../../src/model/files/weights/read-weights.ts'
import { graph } from '../../src/model/graph.ts'
import { buildModel } from '../../src/model/model.ts'
import { Network } from '../../src/network/network.ts'
import { outputsOf } from '../../src/network/predict.ts'
import {
  activation,
  concatenate,
  conv2d,
  globalAveragePooling2d,
  type LayerSpec,
  maxPooling2d,
} from '../../src/nn/layers/index.ts'

type Nodes = Record<string, readonly [layer: LayerSpec, ...inputs: string[]]>

const pool = maxPooling2d({ poolSize: 3, strides: 2 })
const relu = { activation: 'relu' } as const
const fire = (name: string, input: string, [squeeze, expand]: readonly [number, number]): Nodes => ({
  [`${name}.squeeze`]: [conv2d({ filters: squeeze, kernelSize: 1, ...relu }), input],
  [`${name}.small`]: [conv2d({ filters: expand, kernelSize: 1, ...relu }), `${name}.squeeze`],
  [`${name}.large`]: [
    conv2d({ filters: expand, kernelSize: 3, padding: 'same', ...relu }),
    `${name}.squeeze`,
  ],
  [name]: [concatenate(), `${name}.small`, `${name}.large`],
})
const squeezeNet = graph(
  {
    conv1: [conv2d({ filters: 64, kernelSize: 3, strides: 2, ...relu }), 'input'],
    pool1: [pool, 'conv1'],
    ...fire('fire2', 'pool1', [16, 64]),
    ...fire('fire3', 'fire2', [16, 64]),
    pool3: [pool, 'fire3'],
    ...fire('fire4', 'pool3', [32, 128]),
    ...fire('fire5', 'fire4', [32, 128]),
    pool5: [pool, 'fire5'],
    ...fire('fire6', 'pool5', [48, 192]),
    ...fire('fire7', 'fire6', [48, 192]),
    ...fire('fire8', 'fire7', [64, 256]),
    ...fire('fire9', 'fire8', [64, 256]),
    conv10: [conv2d({ filters: 1000, kernelSize: 1, ...relu }), 'fire9'],
    means: [globalAveragePooling2d(), 'conv10'],
    out: [activation({ activation: 'softmax' }), 'means'],
  },
  { inputShape: [227, 227, 3] },
)

const [folder] = process.argv.slice(2)
if (!folder) throw new Error('Name a folder.')
const name = join(folder, 'squeezenet.h5')
const model = buildModel(squeezeNet)
const read = await readWeights(readFileSync(name), { name, model, names: null, pixelRange: 'raw' })
const network = new Network(read.model, read.weights, chooseBackend('auto'), read)
const { keras, pixels, outputs } = JSON.parse(readFileSync(join(folder, 'answers.json'), 'utf8'))
const own = await outputsOf(network, Uint8Array.from(pixels))
const difference = own.reduce((most, value, i) => Math.max(most, Math.abs(value - outputs[i])), 0)
process.stdout.write(
  `${model.parameterCount} weights of ${read.layers.length} layers; largest difference to Keras of ${keras}: ${difference.toPrecision(2)}, of probabilities up to ${Math.max(...outputs).toPrecision(2)}\n`,
)
process.exit(difference < 1e-5 ? 0 : 1)
