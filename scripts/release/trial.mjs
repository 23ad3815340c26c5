// What the tries of packed packages share: a registry that has them, and a small program that trains with them.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** Trains a small network for an epoch and predicts. It prints WORKS when it ran on the native engine. */
export const program = `
import { adam, chooseBackend, createNetwork, dense, evaluate, fashionMnistMini, fit, flatten, loadDataset, predict, sequential } from 'heddle'
const data = await loadDataset(fashionMnistMini())
const backend = chooseBackend('auto', { onNotice: text => console.error(text) })
const network = createNetwork(sequential([flatten(), dense({ units: 10, activation: 'softmax' })]), { inputShape: data.imageShape, seed: 1, backend })
await fit(network, data, { optimizer: adam(), loss: 'sparseCategoricalCrossentropy', epochs: 1, seed: 1 })
const { accuracy } = await evaluate(network, data.test)
const [first] = await predict(network, data.test.first(1).images)
console.log(backend.name, accuracy > 0.3, first.className.length > 0)
`
export const WORKS = 'native true true'

/** A registry (registry.mjs) with the packages of `folder`. It ends with `stop`, and with this process. */
export async function startRegistry(folder) {
  const script = fileURLToPath(new URL('./registry.mjs', import.meta.url))
  const registry = spawn(process.execPath, [script, folder], { stdio: ['pipe', 'pipe', 'inherit'] })
  const url = await new Promise((resolve, reject) => {
    registry.stdout.once('data', line => resolve(line.toString().trim()))
    registry.once('exit', () => reject(new Error('the registry did not start')))
  })
  return { url, stop: () => registry.stdin.end() }
}
