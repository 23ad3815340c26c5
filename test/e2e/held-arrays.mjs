// What happens to arrays while the engine reads or writes them: run by held-arrays.test.ts in a process of its own, as a
// signal would end that of the tests. Prints the name of each attempt that did not end as it must.
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
  dense({ units: 32, activation: 'relu' }),
  dense({ units: 3, activation: 'softmax' }),
])
const backend = chooseBackend(process.argv[2])
const network = createNetwork(model, { inputShape, seed: 1, backend })
const bytes = Uint8Array.from({ length: side * side * count }, (_, i) => (i * 7 + (i >> 9)) % 256)
const labels = Int32Array.from({ length: count }, (_, k) => k % 3)
const outputsOf = images => createPredictor(network).outputs(images)
const expected = await outputsOf(bytes)
const { port1 } = new MessageChannel()

const on = buffer => {
  const images = new Uint8Array(buffer)
  images.set(bytes)
  return images
}
const fixed = () => bytes.slice()
const resizable = () => on(new ArrayBuffer(bytes.length, { maxByteLength: 2 * bytes.length }))
const shared = () => on(new SharedArrayBuffer(bytes.length))
const detach = ({ buffer }) => void structuredClone(buffer, { transfer: [buffer] })

const gone = message => message.includes('transferred or resized')

/** The same probabilities as undisturbed, or a message. */
const predicted = (images, disturb) => {
  const promise = outputsOf(images)
  disturb(images)
  return promise.then(
    outputs => outputs.every((x, i) => x === expected[i]),
    error => gone(error.message),
  )
}

/** A training whose arrays are disturbed after its first step: its losses, or the message. */
const fitted = (images, disturb, classes = labels.slice()) => {
  const examples = { images, labels: classes }
  const none = { images: new Uint8Array(0), labels: new Int32Array(0) }
  const data = {
    name: 'd',
    fingerprint: '',
    classNames: ['a', 'b', 'c'],
    imageShape: inputShape,
    train: examples,
    test: none,
  }
  let steps = 0
  const onEvent = ({ type }) => type === 'step' && ++steps === 1 && disturb(examples)
  const options = { optimizer: 'sgd', loss: 'sparseCategoricalCrossentropy', epochs: 2, onEvent }
  return fit(createNetwork(model, { inputShape, seed: 1, backend }), data, options).then(
    ({ loss }) => JSON.stringify(loss),
    error => error.message,
  )
}
const undisturbed = await fitted(bytes, () => {})

const attempts = {
  'predict, images posted': () => predicted(fixed(), ({ buffer }) => port1.postMessage(buffer, [buffer])),
  'predict, images transferred': () => predicted(fixed(), detach),
  'predict, images shrunk': () => predicted(resizable(), ({ buffer }) => buffer.resize(0)),
  'predict, shared images overwritten': () => predicted(shared(), images => images.fill(0)),
  'predict, outputs transferred': () => {
    const outputs = new Float32Array(3 * count)
    const promise = createPredictor(network).outputs(bytes, outputs)
    detach(outputs)
    return promise.then(
      () => false,
      error => gone(error.message),
    )
  },
  'fit, images shrunk': async () =>
    (await fitted(resizable(), ({ images }) => images.buffer.resize(0))) === undisturbed,
  'fit, shared images overwritten': async () =>
    (await fitted(shared(), ({ images }) => images.fill(0))) === undisturbed,
  'fit, images transferred': async () => gone(await fitted(fixed(), ({ images }) => detach(images))),
  'fit, labels transferred': async () =>
    (await fitted(bytes, ({ labels }) => detach(labels))) === undisturbed,
}

for (let round = 0; round < 8; round++) {
  for (const [name, attempt] of Object.entries(attempts))
    if (!(await attempt())) process.stdout.write(`${name}\n`)
}
port1.close()
process.stdout.write('done\n')
