/**
 * The time from a folder of JPEG files to a trained and tested head behind a frozen EfficientNet-Lite0, beside PyTorch. The pictures are made
 * up, and the weights too: they change no time.
 *
 *   npx jiti bench/transfer-speed.ts [--count 1000] [--epochs 20] [--python python3]
 *
 * Heddle: a first run that decodes, computes features and trains; then another seed. PyTorch: the usual loop, in which the frozen part
 * runs in every epoch (bench/peers/transfer_pytorch.py; needs torch, Pillow and efficientnet_lite_pytorch; left out without --python).
 * With it, the command writes bench/results/transfer-speed.json.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import {
  adam,
  createNetwork,
  type Dataset,
  dense,
  efficientNetLite,
  evaluate,
  fit,
  graph,
  imageFolder,
  loadDataset,
  nativeBackend,
  RandomStream,
} from 'heddle'
import sharp from 'sharp'
import { keptFeatures } from '../dist/network/kept-features.js'
import { thisBuild } from './measured/parts.ts'

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '1000' },
    epochs: { type: 'string', default: '20' },
    python: { type: 'string' },
  },
})
const [count, epochs] = [Number(values.count), Number(values.epochs)]
const CLASSES = ['ant', 'bee', 'cat', 'dog', 'eel']
const root = mkdtempSync(join(tmpdir(), 'heddle-transfer-'))
const folder = join(root, 'photos')

const phases: { what: string; seconds: number; processorSeconds: number }[] = []

async function timed<T>(what: string, work: () => Promise<T>): Promise<T> {
  const [started, cpu] = [performance.now(), process.cpuUsage()]
  const result = await work()
  const { user, system } = process.cpuUsage(cpu)
  const seconds = (performance.now() - started) / 1000
  note(`Heddle, ${what}`, seconds, (user + system) / 1e6)
  return result
}

function note(what: string, seconds: number, processorSeconds: number): void {
  phases.push({ what, seconds: oneDigit(seconds), processorSeconds: oneDigit(processorSeconds) })
  console.log(`${what}: ${seconds.toFixed(1)} s, ${processorSeconds.toFixed(1)} s of processor time`)
}

function oneDigit(value: number): number {
  return Number(value.toFixed(1))
}

for (let i = 0; i < count; i++) {
  const name = join(folder, CLASSES[i % CLASSES.length]!)
  mkdirSync(name, { recursive: true })
  const stream = new RandomStream(i)
  const small = Uint8Array.from({ length: 16 * 12 * 3 }, (_, at) => stream.uniform(at) * 256)
  const picture = sharp(small, { raw: { width: 16, height: 12, channels: 3 } })
  await picture
    .resize(640, 480)
    .jpeg({ quality: 85 })
    .toFile(join(name, `${i}.jpg`))
}

/** All layers up to the features, frozen, and a new head. */
function frozenLite() {
  const { nodes } = efficientNetLite({ variant: 0 })
  const last = nodes.findIndex(({ name }) => name === 'avg_pool')
  const body = nodes.slice(0, last + 1).map(({ name, layer, inputs }) => {
    const frozen = 'trainable' in layer ? { ...layer, trainable: false } : layer
    return [name, [frozen, ...inputs]] as const
  })
  const head = dense({ units: CLASSES.length, activation: 'softmax' })
  return graph({ ...Object.fromEntries(body as never), head: [head, 'avg_pool'] } as never)
}

try {
  process.env.HEDDLE_CACHE = join(root, 'cache')
  const load = loadavg()[0]!
  console.log(`${count} pictures, ${epochs} epochs, load ${load.toFixed(1)}`)
  const source = imageFolder({ path: folder, imageSize: 224 })
  const data: Dataset = await timed('decode', () => loadDataset(source))
  const features = keptFeatures(process.env)
  const run = async (seed: number): Promise<void> => {
    const network = createNetwork(frozenLite(), {
      inputShape: data.imageShape,
      seed: 1,
      backend: nativeBackend(),
    })
    const loss = 'sparseCategoricalCrossentropy'
    await fit(network, data, { optimizer: adam(), loss, epochs, batchSize: 32, seed, features })
    await evaluate(network, data.test, { features })
  }
  for (const seed of [1, 2]) await timed(`seed ${seed}`, () => run(seed))
  await timed('decode again', () => loadDataset(source))
  if (values.python) {
    const script = fileURLToPath(new URL('peers/transfer_pytorch.py', import.meta.url))
    const output = execFileSync(values.python, [script, folder, String(epochs)], { encoding: 'utf8' })
    const [seconds, processorSeconds] = output
      .match(/all: ([\d.]+) s, ([\d.]+) s/)!
      .slice(1)
      .map(Number)
    note('PyTorch, all', seconds!, processorSeconds!)
    const result = { ...thisBuild(), count, epochs, load: oneDigit(load), phases }
    writeFileSync(
      new URL('results/transfer-speed.json', import.meta.url),
      `${JSON.stringify(result, null, 2)}\n`,
    )
  }
} finally {
  rmSync(root, { recursive: true })
}
