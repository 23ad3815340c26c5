// Worker threads that are terminated while the engine computes for them: run by held-arrays.test.ts in a process of its own.
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import {
  chooseBackend,
  createNetwork,
  createPredictor,
  dense,
  fit,
  flatten,
  sequential,
} from '../../dist/index.js'

const [side, count] = [48, 2000]
const inputShape = [side, side, 1]
const model = sequential([
  flatten(),
  dense({ units: 64, activation: 'relu' }),
  dense({ units: 3, activation: 'softmax' }),
])
const images = Uint8Array.from({ length: side * side * count }, (_, i) => (i * 7 + (i >> 9)) % 256)
const labels = Int32Array.from({ length: count }, (_, k) => k % 3)
const networkFor = () =>
  createNetwork(model, {
    inputShape,
    seed: 1,
    backend: chooseBackend(workerData?.backend ?? process.argv[2]),
  })
const outputsOf = network => createPredictor(network).outputs(images)

if (isMainThread) {
  const expected = await outputsOf(networkFor())
  for (const does of ['predict', 'fit']) {
    for (const delayMs of [1, 10]) {
      const worker = new Worker(fileURLToPath(import.meta.url), {
        workerData: { backend: process.argv[2], does },
      })
      await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))
      await wait(delayMs)
      if ((await worker.terminate()) !== 1)
        process.stdout.write(`${does} had ended before it was terminated\n`)
    }
  }
  const after = await outputsOf(networkFor())
  if (!after.every((x, i) => x === expected[i])) process.stdout.write('other numbers than before\n')
  process.stdout.write('done\n')
} else {
  const data = {
    name: 'd',
    fingerprint: '',
    classNames: ['a', 'b', 'c'],
    imageShape: inputShape,
    train: { images, labels },
    test: { images: new Uint8Array(0), labels: new Int32Array(0) },
  }
  const network = networkFor()
  parentPort.postMessage('computing')
  // Both go on until the thread is ended.
  if (workerData.does === 'fit') {
    await fit(network, data, { optimizer: 'sgd', loss: 'sparseCategoricalCrossentropy', epochs: 1e6 })
  } else while (true) await outputsOf(network)
}
