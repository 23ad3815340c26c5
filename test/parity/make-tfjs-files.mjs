// Models that TensorFlow.js itself saved, with what they answer: node make-tfjs-files.mjs TFJS (a folder with @tensorflow/tfjs 4.22.0).
// Writes golden/tfjs/NAME/: model.json, weights and answers.json.

import { mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'

const tf = createRequire(join(resolve(process.argv[2]), 'index.js'))('@tensorflow/tfjs')
await tf.setBackend('cpu')
const L = tf.layers

function sequential() {
  const model = tf.sequential()
  model.add(L.rescaling({ scale: 1 / 255, inputShape: [8, 8, 3] }))
  model.add(L.conv2d({ filters: 4, kernelSize: 3, activation: 'relu6', padding: 'same' }))
  model.add(L.batchNormalization({ scale: false }))
  model.add(
    L.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2, strides: 2, padding: 'same', useBias: false }),
  )
  model.add(L.leakyReLU())
  model.add(L.maxPooling2d({ poolSize: 2 }))
  model.add(L.dropout({ rate: 0.5 }))
  model.add(L.flatten())
  model.add(L.layerNormalization())
  model.add(L.dense({ units: 3, activation: 'softmax', kernelRegularizer: tf.regularizers.l2({ l2: 0.01 }) }))
  return model
}

function functional() {
  const image = tf.input({ shape: [8, 8, 3] })
  const scaled = L.rescaling({ scale: 1 / 255 }).apply(image)
  const a = L.conv2d({ filters: 4, kernelSize: 3, padding: 'same', name: 'left' }).apply(scaled)
  const b = L.separableConv2d({ filters: 4, kernelSize: 3, padding: 'same', activation: 'swish' }).apply(
    scaled,
  )
  const c = L.multiply().apply([a, L.prelu({ sharedAxes: [1, 2] }).apply(b)])
  const d = L.concatenate().apply([
    L.add().apply([a, b]),
    c,
    L.maximum().apply([a, c]),
    L.average().apply([b, c]),
  ])
  const e = L.upSampling2d({ size: [2, 2] }).apply(
    L.averagePooling2d({ poolSize: 3, strides: 2, padding: 'same' }).apply(d),
  )
  const f = L.cropping2D({
    cropping: [
      [1, 0],
      [0, 2],
    ],
  }).apply(L.zeroPadding2d({ padding: 1 }).apply(e))
  const row = L.globalAveragePooling2d({}).apply(L.elu().apply(f))
  return tf.model({ inputs: image, outputs: L.dense({ units: 2, activation: 'softmax' }).apply(row) })
}

/** A number from −1 to 1 by a rule, so that the files are the same again. */
let state = 1
function next() {
  state = (state * 48271) % 2147483647
  return (2 * state) / 2147483647 - 1
}

for (const [name, make] of Object.entries({ sequential, functional })) {
  const model = make()
  model.setWeights(
    model.weights.map(({ name, shape }) => {
      const values = Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => next() / 2)
      return tf.tensor(name.includes('variance') ? values.map(value => 0.6 + value) : values, shape)
    }),
  )
  const folder = new URL(`golden/tfjs/${name}/`, import.meta.url).pathname
  mkdirSync(folder, { recursive: true })
  await model.save({
    async save({ weightData, weightSpecs, ...artifacts }) {
      const bytes = Buffer.from(
        weightData instanceof ArrayBuffer ? weightData : Buffer.concat(weightData.map(Buffer.from)),
      )
      const weightsManifest = [{ paths: ['weights.bin'], weights: weightSpecs }]
      writeFileSync(join(folder, 'weights.bin'), bytes)
      writeFileSync(join(folder, 'model.json'), JSON.stringify({ ...artifacts, weightsManifest }))
      return { modelArtifactsInfo: { dateSaved: new Date(0) } }
    },
  })
  const inputs = Array.from({ length: 4 * 8 * 8 * 3 }, () => Math.floor((next() + 1) * 127.9))
  const outputs = [...model.predict(tf.tensor(inputs, [4, 8, 8, 3])).dataSync()]
  writeFileSync(join(folder, 'answers.json'), JSON.stringify({ inputs, outputs }))
}
