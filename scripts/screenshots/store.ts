import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { openStore } from '../../src/store/open.ts'
import type { RunStore } from '../../src/store/store.ts'
import { type RunningStudio, studioIn } from '../../test/e2e/browser-page.ts'
import { heddle } from '../../test/e2e/heddle.ts'
import { recordSearch } from '../../test/support/recorded-search.ts'

/** A run as `heddle runs ls --json` lists it. */
export interface Listed {
  readonly id: string
  readonly experiment: string
  readonly model: string
  readonly seed: number
  readonly status: string
}

const dense = (units: number, activation: string) => ({ kind: 'dense', units, activation })
const conv = (filters: number) => ({ kind: 'conv2d', filters, kernelSize: 3, activation: 'relu' })
const pool = { kind: 'maxPooling2d' }
const flat = { kind: 'flatten' }

function model(...layers: readonly object[]): object {
  const names = layers.map((layer, i) => `${(layer as { kind: string }).kind}${i}`)
  const nodes = layers.map((layer, i) => ({
    name: names[i],
    layer,
    inputs: [i === 0 ? 'input' : names[i - 1]],
  }))
  return { kind: 'model', nodes }
}

const mini = { kind: 'fashionMnistMini' }
const loss = 'sparseCategoricalCrossentropy'
const small = model(conv(8), pool, flat, dense(10, 'softmax'))
const fast = (learningRate: number) => ({ kind: 'sgd', learningRate })

/** More classes than a confusion matrix shows. */
const MANY = 31

/** Experiments by the names of their files, with the seeds of each. */
const experiments: Readonly<Record<string, { readonly seeds: number; readonly value: object }>> = {
  'basic-vs-standard': {
    seeds: 3,
    value: {
      data: mini,
      models: {
        basic: small,
        standard: model(conv(8), pool, conv(16), pool, flat, dense(32, 'relu'), dense(10, 'softmax')),
        mlp: model(flat, dense(64, 'relu'), dense(10, 'softmax')),
      },
      train: { optimizer: 'adam', loss, epochs: 6, validationSplit: 0.1 },
    },
  },
  'too-fast': {
    seeds: 1,
    value: {
      data: mini,
      models: { diverges: model(flat, dense(64, 'relu'), dense(10, 'softmax')) },
      train: { optimizer: fast(40), loss, epochs: 4, validationSplit: 0.1 },
    },
  },
  'far-too-fast': {
    seeds: 1,
    value: {
      data: mini,
      models: { breaks: model(flat, dense(64, 'relu'), dense(10, 'softmax')) },
      train: { optimizer: fast(3e38), loss, epochs: 4, validationSplit: 0.1 },
    },
  },
  'many-classes': {
    seeds: 1,
    value: {
      data: { kind: 'imageFolder', path: 'many' },
      models: { small: model(conv(8), flat, dense(MANY, 'softmax')) },
      train: { optimizer: 'adam', loss, epochs: 4 },
    },
  },
}

/** A thing of one of three shapes, in colours and places that differ from picture to picture. */
async function thing(shape: 'circles' | 'squares' | 'triangles', i: number): Promise<Buffer> {
  const [x, y, size, hue] = [30 + ((i * 13) % 36), 34 + ((i * 29) % 30), 14 + ((i * 7) % 12), (i * 47) % 360]
  const fill = `fill="hsl(${hue} 70% 42%)"`
  const drawn = {
    circles: `<circle cx="${x}" cy="${y}" r="${size}" ${fill}/>`,
    squares: `<rect x="${x - size}" y="${y - size}" width="${2 * size}" height="${2 * size}" ${fill} transform="rotate(${(i * 17) % 60} ${x} ${y})"/>`,
    triangles: `<path d="M${x} ${y - size}l${size} ${2 * size}h${-2 * size}z" ${fill} transform="rotate(${(i * 23) % 80} ${x} ${y})"/>`,
  }[shape]
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="96" height="96"><rect width="96" height="96" fill="hsl(${(hue + 160) % 360} 24% 88%)"/>${drawn}</svg>`
  return await sharp(Buffer.from(svg)).png().toBuffer()
}

/** A small pattern of lines: of each class at another angle and in another colour. */
async function pattern(k: number, i: number): Promise<Buffer> {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16"><rect width="16" height="16" fill="hsl(${k * 6} 40% 80%)"/><path d="M${i % 3} 8h16" stroke="hsl(${k * 6 + 90} 70% 30%)" stroke-width="${2 + (k % 3)}" transform="rotate(${k * 3} 8 8)"/></svg>`
  return await sharp(Buffer.from(svg)).png().toBuffer()
}

async function writePictures(folder: string): Promise<void> {
  for (const shape of ['circles', 'squares', 'triangles'] as const) {
    const own = join(folder, 'pictures/shapes', shape)
    mkdirSync(own, { recursive: true })
    for (let i = 0; i < 26; i++) writeFileSync(join(own, `${shape}-${i}.png`), await thing(shape, i))
  }
  for (let k = 0; k < MANY; k++) {
    const own = join(folder, 'many', `${String(k).padStart(2, '0')}-a-rather-long-name-of-a-pattern`)
    mkdirSync(own, { recursive: true })
    for (let i = 0; i < 5; i++) writeFileSync(join(own, `${i}.png`), await pattern(k, i))
  }
}

async function commanded(folder: string, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await heddle(args, { cwd: folder })
  // Runs that fail are wanted here.
  if (code !== 0 && !stderr.includes('learning rate')) throw new Error(`heddle ${args.join(' ')}: ${stderr}`)
  return stdout
}

/** Trains in `folder` what the studio is to show, unless it is there: runs that end well, diverge and fail, searches, pictures. */
export async function fillStore(folder: string): Promise<void> {
  if (existsSync(join(folder, '.heddle'))) return
  await writePictures(folder)
  for (const [name, { seeds, value }] of Object.entries(experiments)) {
    const { train } = value as { train: object }
    const whole = { kind: 'experiment', name, ...value, train: { kind: 'train', ...train } }
    writeFileSync(join(folder, `${name}.json`), JSON.stringify(whole, null, 2))
    await commanded(folder, 'run', `${name}.json`, '--seeds', String(seeds))
  }
  const store = await openStore(join(folder, '.heddle'), 'write', { user: 'ana' })
  await recordSearch({ store, name: 'recommended' })
  await store.close()
  const studio = await studioIn(folder)
  await furnish(studio, await listed(folder))
  await studio.end()
}

export async function listed(folder: string): Promise<readonly Listed[]> {
  return JSON.parse(await commanded(folder, 'runs', 'ls', '--json'))
}

/** What people add to runs and images. */
export async function furnish({ url, headers }: RunningStudio, runs: readonly Listed[]): Promise<void> {
  const ask = async (method: string, path: string, body: object): Promise<void> => {
    const sent = { method, headers: { ...headers, 'content-type': 'application/json' } }
    const answer = await fetch(new URL(`/api${path}`, url), { ...sent, body: JSON.stringify(body) })
    if (!answer.ok) throw new Error(`${method} ${path}: ${await answer.text()}`)
  }
  const standard = runs.filter(({ model: name }) => name === 'standard')
  const [first, second, third] = standard.sort((a, b) => a.seed - b.seed) as [Listed, Listed, Listed]
  for (const tag of ['baseline', 'très bien 👍']) await ask('POST', `/runs/${first.id}/tags`, { tag })
  await ask('POST', `/runs/${second.id}/tags`, { tag: 'baseline' })
  await ask('PUT', `/runs/${first.id}/name`, { name: 'the one for the report', was: '' })
  const note =
    '## Why\n\nTwo convolutions instead of one, **as in the report**:\n\n- `valAccuracy` rises\n- training takes twice as long'
  await ask('PUT', `/runs/${first.id}/note`, { note, was: '' })
  await ask('PUT', '/views/good%20ones', { query: 'filter=valAccuracy+%3E+0.8&heat=1' })
  const data = `/data/run:${third.id}/test`
  await ask('PUT', `${data}/tags`, { tag: 'hard', indices: [3, 12, 40, 77, 101], does: 'add' })
  for (const [index, label] of [
    [12, 'Coat'],
    [40, 'Shirt'],
    [77, 'Bag'],
  ] as const)
    await ask('PUT', `${data}/labels/${index}`, { label })
}

const LIVE_EPOCHS = 40

/** A run that is being trained, as far as the studio can see; it has reported half of its epochs. */
export async function beginLive(folder: string): Promise<{ readonly id: string; end(): Promise<void> }> {
  const store: RunStore = await openStore(join(folder, '.heddle'))
  const like = (await listed(folder)).find(({ model: name }) => name === 'standard')!
  const id = await store.start({
    experiment: 'basic-vs-standard',
    model: 'standard',
    seed: 4,
    configuration: 'live',
    modelHash: '',
    dataset: 'fashion-mnist-mini',
    fingerprint: '0'.repeat(64),
    params: 21_840,
    batchSize: 32,
    epochs: LIVE_EPOCHS,
    stepsPerEpoch: 47,
    detail: await store.detail(like.id),
  })
  const epochs = Array.from({ length: LIVE_EPOCHS / 2 }, (_, epoch) => {
    const falls = 2.2 / (epoch + 1.4)
    const metrics = {
      loss: falls,
      accuracy: 1 - falls / 3,
      valLoss: falls + 0.12,
      valAccuracy: 0.96 - falls / 3,
      learningRate: 0.001,
    }
    return { epoch, metrics, trainMs: 800, durationMs: 900 }
  })
  const steps = Array.from({ length: 450 }, (_, step) => ({
    step: 2 * step,
    loss: 2.3 / (step / 40 + 1) + 0.1 * Math.sin(step * 1.7) ** 2,
    accuracy: 1 - 1 / (step / 40 + 1.6),
  }))
  await store.record(id, { epochs, steps, happenings: [] })
  return {
    id,
    async end() {
      await store.end(id, { status: 'interrupted', text: '', seconds: 18 })
      await store.close()
    },
  }
}
