// Has TensorFlow.js load every layers model below a folder, on its CPU backend: node run-tfjs-files.mjs FOLDER TFJS.
// TFJS is a folder where npm installed @tensorflow/tfjs. Ends with 1 if an output differs by more than 1e-5 of the largest one.

import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'

const [folder, tfjs] = process.argv.slice(2)
const tf = createRequire(join(resolve(tfjs), 'index.js'))('@tensorflow/tfjs')
await tf.setBackend('cpu')

/** What TensorFlow.js is given in the place of a server. */
function handlerOf(path) {
  const model = JSON.parse(readFileSync(join(path, 'model.json'), 'utf8'))
  const files = model.weightsManifest.flatMap(({ paths }) =>
    paths.map(file => readFileSync(join(path, file))),
  )
  const weightData = Uint8Array.from(Buffer.concat(files)).buffer
  const weightSpecs = model.weightsManifest.flatMap(({ weights }) => weights)
  return { model, load: async () => ({ ...model, weightSpecs, weightData }) }
}

function floats(text) {
  return new Float32Array(Uint8Array.from(Buffer.from(text, 'base64')).buffer)
}

let worst = 0
const failed = []
const names = readdirSync(folder).sort()
for (const name of names) {
  try {
    const handler = handlerOf(join(folder, name))
    const { golden, pixelRange } = handler.model.userDefinedMetadata.heddle
    const model = await tf.loadLayersModel(handler)
    const shape = model.inputs[0].shape.slice(1)
    const inputs = Float32Array.from(Buffer.from(golden.inputs, 'base64'), byte =>
      pixelRange === 'unit' ? byte * Math.fround(1 / 255) : byte,
    )
    const expected = floats(golden.outputs)
    const count = inputs.length / shape.reduce((a, b) => a * b, 1)
    const outputs = model.predict(tf.tensor(inputs, [count, ...shape])).dataSync()

    const all = outputs.length < expected.length ? [...outputs].flatMap(p => [1 - p, p]) : [...outputs]
    const largest = Math.max(1, ...expected.map(Math.abs))
    const difference = Math.max(...all.map((value, i) => Math.abs(value - expected[i]))) / largest
    worst = Math.max(worst, difference)
    if (!(difference < 1e-5)) failed.push(`${name}: ${difference.toPrecision(2)}`)
    tf.dispose(model)
  } catch (error) {
    failed.push(`${name}: ${String(error).slice(0, 300)}`)
  }
}
process.stdout.write(
  `TensorFlow.js ${tf.version.tfjs}: ${names.length} models, largest difference ${worst.toPrecision(2)}\n`,
)
for (const line of failed) process.stdout.write(`${line}\n`)
process.exit(failed.length > 0 ? 1 : 0)
