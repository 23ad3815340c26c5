// Has TensorFlow.js run a layers model for `heddle export --verify`: see with-keras.py.
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { asked, installed } from './installed.mjs'

const { version, module: tf } = await installed('@tensorflow/tfjs')
const { path, shape, numbers, answer } = asked()
const { modelTopology, weightsManifest } = JSON.parse(readFileSync(path, 'utf8'))
const weights = Buffer.concat(
  weightsManifest.flatMap(({ paths }) => paths.map(name => readFileSync(join(dirname(path), name)))),
)
await tf.setBackend('cpu')
const model = await tf.loadLayersModel({
  load: async () => ({
    modelTopology,
    weightSpecs: weightsManifest.flatMap(({ weights: specs }) => specs),
    weightData: weights.buffer.slice(weights.byteOffset, weights.byteOffset + weights.length),
  }),
})
answer(await model.predict(tf.tensor(numbers, shape)).data(), `TensorFlow.js ${version}, CPU`)
