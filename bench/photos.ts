/**
 * Folders of pictures: how fast they are decoded, and whether a set that is read from its pack trains as fast as one in memory.
 *
 *   npx jiti bench/photos.ts decode --count 600      one thread and all cores, and a second time from the pack
 *   npx jiti bench/photos.ts train --count 20000     pictures a second in memory and from the pack, in turn, three times each
 *   npx jiti bench/photos.ts large --count 200000    one epoch of 9.8 GB, and the most memory that it took
 *
 * The pictures are made up. `large` writes them straight into a pack; run it in a group of 4 GB to see that memory is enough:
 *
 *   mkdir /sys/fs/cgroup/memory/photos && echo 4G > /sys/fs/cgroup/memory/photos/memory.limit_in_bytes
 *   sh -c 'echo $$ > /sys/fs/cgroup/memory/photos/cgroup.procs; exec npx jiti bench/photos.ts large'
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import {
  adam,
  conv2d,
  createDataset,
  createNetwork,
  type Dataset,
  dense,
  Examples,
  fit,
  globalAveragePooling2d,
  imageFolder,
  loadDataset,
  maxPooling2d,
  nativeBackend,
  RandomStream,
  sequential,
} from 'heddle'
import sharp from 'sharp'
import { availableCores } from '../src/base/available-cores.ts'
import { decodingHere, decodingOnThreads } from '../src/data/packs/decoding.ts'
import { Pack } from '../src/data/packs/pack.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { count: { type: 'string' }, side: { type: 'string', default: '128' } },
})
const side = Number(values.side)
const root = mkdtempSync(join(tmpdir(), 'heddle-photos-'))
const seconds = async (work: () => Promise<unknown>): Promise<number> => {
  const started = performance.now()
  await work()
  return (performance.now() - started) / 1000
}
const say = (text: string): void => console.log(text)

function noise(length: number, seed: number): Uint8Array {
  const stream = new RandomStream(seed)
  return Uint8Array.from({ length }, (_, i) => stream.uniform(i) * 256)
}

/** Smooth colours with some noise, as JPEG files of the size of a small photo. */
async function makeFiles(count: number): Promise<string> {
  const folder = join(root, 'photos')
  for (let i = 0; i < count; i++) {
    const name = join(folder, ['cat', 'dog'][i % 2]!)
    mkdirSync(name, { recursive: true })
    const small = noise(12 * 16 * 3, i)
    await sharp(small, { raw: { width: 16, height: 12, channels: 3 } })
      .resize(640, 480)
      .jpeg({ quality: 85 })
      .toFile(join(name, `${i}.jpg`))
  }
  return folder
}

async function decode(count: number): Promise<void> {
  const folder = await makeFiles(count)
  const task = { colorMode: 'rgb', imageSize: [side, side], options: {} } as const
  const paths = Array.from({ length: count }, (_, i) => join(folder, ['cat', 'dog'][i % 2]!, `${i}.jpg`))
  for (let round = 0; round < 3; round++) {
    for (const threads of [0, 1, availableCores()]) {
      const decoding = threads === 0 ? await decodingHere(task) : await decodingOnThreads(task, threads)
      await Promise.all(paths.slice(0, 8).map(path => decoding.decode(path)))
      const took = await seconds(async () => {
        const waiting = [...paths]
        const lane = async (): Promise<void> => {
          for (let path = waiting.pop(); path; path = waiting.pop()) await decoding.decode(path)
        }
        await Promise.all(Array.from({ length: decoding.atOnce }, lane))
      })
      await decoding.end()
      const where = threads === 0 ? 'on the main thread' : `on ${threads} threads`
      say(`decode ${where}: ${(count / took).toFixed(0)} pictures a second`)
    }
  }
  const load = () =>
    loadDataset(imageFolder({ path: folder, imageSize: side }), {
      env: { HEDDLE_CACHE: join(root, 'cache') },
    })
  for (const what of ['with decoding', 'from the pack', 'from the pack'])
    say(`load ${what}: ${(await seconds(load)).toFixed(2)} s`)
}

/** A data set in a pack whose pictures no file holds. */
async function inPack(count: number): Promise<Dataset> {
  const pack = await Pack.open(join(root, 'pack'))
  const shape = [side, side, 3] as const
  const size = side * side * 3
  pack.use({ root, prepared: 'made up', rowBytes: size })
  const levels = noise(2 * size, 0)
  const labels = Int32Array.from({ length: count }, (_, i) => i % 2)
  const stamps = Array.from(labels, (_, i) => String(i))
  for (const [i, stamp] of stamps.entries()) {
    const from = (i * 7919) % size
    pack.add(stamp, 0, levels.subarray(from, from + size))
  }
  const images = pack.images(stamps)
  const examples = new Examples({ images, labels }, { shape, name: 'made up' })
  const test = examples.first(2)
  return createDataset({ name: 'made up', classNames: ['a', 'b'], imageShape: shape, train: examples, test })
}

function epochOf(data: Dataset): Promise<unknown> {
  const model = sequential([
    conv2d({ filters: 16, kernelSize: 3, strides: 2, activation: 'relu' }),
    maxPooling2d(),
    conv2d({ filters: 32, kernelSize: 3, activation: 'relu' }),
    globalAveragePooling2d(),
    dense({ units: 2, activation: 'softmax' }),
  ])
  const network = createNetwork(model, { inputShape: data.imageShape, backend: nativeBackend() })
  return fit(network, data, {
    optimizer: adam(),
    loss: 'sparseCategoricalCrossentropy',
    epochs: 1,
    batchSize: 32,
  })
}

async function train(count: number): Promise<void> {
  const stored = await inPack(count)
  const { images, labels } = stored.train
  const { test, ...about } = stored
  const inMemory = createDataset({
    ...about,
    train: { images, labels },
    test: { images: images.subarray(0, 2 * stored.train.size), labels: labels.subarray(0, 2) },
  })
  for (let round = 0; round < 3; round++) {
    for (const [name, data] of Object.entries({ 'in memory': inMemory, 'from the pack': stored })) {
      const took = await seconds(() => epochOf(data))
      say(`train ${name}: ${(count / took).toFixed(0)} pictures a second`)
    }
  }
}

async function large(count: number): Promise<void> {
  let data: Dataset | undefined
  const made = await seconds(async () => {
    data = await inPack(count)
  })
  say(
    `packed and hashed ${count} pictures, ${((count * side * side * 3) / 1e9).toFixed(1)} GB: ${made.toFixed(0)} s`,
  )
  const took = await seconds(() => epochOf(data!))
  say(`train: ${(count / took).toFixed(0)} pictures a second`)
  say(`most memory of the process: ${(process.resourceUsage().maxRSS / 1e6).toFixed(2)} GB`)
}

const parts = { decode: [decode, 600], train: [train, 20_000], large: [large, 200_000] } as const
const chosen = parts[positionals[0] as keyof typeof parts]
if (!chosen) throw new Error(`Name one of ${Object.keys(parts).join(', ')}.`)
try {
  say(`${availableCores()} cores, load ${loadavg()[0]!.toFixed(1)}`)
  await chosen[0](Number(values.count ?? chosen[1]))
} finally {
  rmSync(root, { recursive: true })
}
