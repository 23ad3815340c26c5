// Real layers models with quantized weights that others made: MobileNetV2 and Inception v3 of npm's nsfwjs 4.4.0 (MIT), which are
// never committed. Their subject is unfit for a demonstration; as a test of reading they are what users have.
//
//     npm pack nsfwjs@4.4.0 && tar xzf nsfwjs-4.4.0.tgz      (in FOLDER)
//     npx jiti test/parity/read-nsfwjs.ts FOLDER TFJS        (TFJS: a folder where npm installed @tensorflow/tfjs)
//
// Unpacks them, has TensorFlow.js answer for two pictures of noise on its CPU backend, and compares what Heddle answers.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { sizeOf } from '../../src/base/shape.ts'
import { chooseBackend } from '../../src/engine/backends/choose.ts'
import { readModel } from '../../src/model/files/model-formats.ts'
import { Network } from '../../src/network/network.ts'
import { outputsOf } from '../../src/network/predict.ts'

const [folder, tfjs] = process.argv.slice(2)
if (!folder || !tfjs) throw new Error('Name two folders.')
const load = createRequire(join(resolve(tfjs), 'index.js'))
const tf = load('@tensorflow/tfjs')
await tf.setBackend('cpu')

let failed = false
for (const name of ['mobilenet_v2', 'inception_v3']) {
  const source = join(resolve(folder), 'package/dist/models', name)
  const target = join(resolve(folder), name)
  mkdirSync(target, { recursive: true })
  const model = load(join(source, 'model.min.js'))
  writeFileSync(join(target, 'model.json'), JSON.stringify(model))
  for (const file of readdirSync(source).filter(file => file.startsWith('group'))) {
    const bytes = Buffer.from(load(join(source, file)), 'base64')
    writeFileSync(join(target, file.replace('.min.js', '')), bytes)
  }
  const beside = async (path: string): Promise<Uint8Array> => readFileSync(join(target, path))
  const path = join(target, 'model.json')
  const read = await readModel(readFileSync(path), { name: path, beside })
  const network = new Network(read.model, read.weights, chooseBackend('auto'), read)
  const { inputShape } = read.model
  const bytes = Uint8Array.from({ length: 2 * sizeOf(inputShape) }, (_, i) => (i * 2654435761) % 256)
  const outputs = await outputsOf(network, bytes)

  const paths: string[] = model.weightsManifest.flatMap(({ paths }: { paths: string[] }) => paths)
  const weightData = Uint8Array.from(Buffer.concat(await Promise.all(paths.map(beside)))).buffer
  const weightSpecs = model.weightsManifest.flatMap(({ weights }: { weights: object[] }) => weights)
  const theirs = await tf.loadLayersModel({ load: async () => ({ ...model, weightSpecs, weightData }) })
  const inputs = Float32Array.from(bytes, byte => byte / 255)
  const expected: Float32Array = theirs.predict(tf.tensor(inputs, [2, ...inputShape])).dataSync()
  const difference = expected.reduce((most, value, i) => Math.max(most, Math.abs(value - outputs[i]!)), 0)
  process.stdout.write(
    `${name} ${inputShape.join(' x ')}: ${[...outputs].map(value => value.toFixed(4)).join(' ')}; largest difference to TensorFlow.js ${tf.version.tfjs} ${difference.toPrecision(2)}\n`,
  )
  failed ||= !(difference < 1e-5)
}
process.exit(failed ? 1 : 0)
