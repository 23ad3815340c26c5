/**
 * Transfer learning on a folder of few pictures: a new head behind EfficientNet-Lite0, whose layers stay frozen, against networks from
 * scratch. The pictures are those of Debian's package tuxpaint-stamps-default (GPL; 161 MB), which is fetched into a cache folder and
 * never kept in the repository. Each seed divides the pictures into five parts of all classes and trains each network five times, so
 * that every picture is tested once: a test of a fifth of so few pictures would say little.
 *
 *   npx jiti bench/transfer.ts --backbone efficientnet-lite0.safetensors [--folder FOLDER] [--seeds 5]
 *
 * The backbone is made as docs/guide/from-pytorch.md shows. Writes bench/results/transfer.json.
 */
import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import {
  activation,
  batchNormalization,
  chooseBackend,
  conv2d,
  createDataset,
  dense,
  dropout,
  globalAveragePooling2d,
  type LayerSpec,
  loadDataset,
  maxPooling2d,
  runExperiment,
  sequential,
} from '../dist/index.js'
import { mean, statisticOf } from '../src/base/maths.ts'
import { foldsOf } from '../src/insight/audit/out-of-sample.ts'
import { studentQuantile } from '../src/insight/statistics/uncertainty.ts'
import { photoExperiment } from '../src/train/photo-experiment.ts'
import { reduction } from '../src/train/transfer-models.ts'
import { thisBuild } from './measured/parts.ts'

const { values } = parseArgs({
  options: {
    backbone: { type: 'string', default: 'efficientnet-lite0.safetensors' },
    folder: { type: 'string', default: join(homedir(), '.cache/heddle/stamps') },
    seeds: { type: 'string', default: '5' },
  },
})

const FOLDS = 5

/** Folders of the package, by class: photographs and drawings, those of one thing each. */
const CLASSES: Readonly<Record<string, readonly string[]>> = {
  bird: ['animals/birds'],
  mammal: ['animals/mammals'],
  insect: ['animals/insects'],
  fruit: ['food/fruit'],
  vegetable: ['food/vegetables'],
  flower: ['plants/flowers'],
  house: ['town/houses'],
  vehicle: ['vehicles'],
}

function picturesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.png'))
    .map(file => join(folder, file))
    .sort()
}

/** The package, fetched by apt without root, and its pictures by class. */
function preparedFolder(folder: string): string {
  const photos = join(folder, 'photos')
  if (existsSync(photos)) return photos
  mkdirSync(folder, { recursive: true })
  const unpacked = join(folder, 'unpacked')
  if (!existsSync(unpacked)) {
    execFileSync('apt-get', ['download', 'tuxpaint-stamps-default'], { cwd: folder, stdio: 'inherit' })
    const file = readdirSync(folder).find(name => name.endsWith('.deb'))!
    execFileSync('dpkg', ['-x', file, 'unpacked'], { cwd: folder })
  }
  const stamps = join(unpacked, 'usr/share/tuxpaint/stamps')
  for (const [name, folders] of Object.entries(CLASSES)) {
    mkdirSync(join(photos, name), { recursive: true })
    const files = folders.flatMap(part => picturesBelow(join(stamps, part)))
    for (const [i, file] of files.entries()) copyFileSync(file, join(photos, name, `${i}.png`))
    console.log(`${name}: ${files.length} pictures`)
  }
  return photos
}

const photos = preparedFolder(resolve(values.folder))
const { experiment } = await photoExperiment(photos, { backbone: resolve(values.backbone) })
const classes = Object.keys(CLASSES).length
const block = (filters: number): LayerSpec[] => [
  conv2d({ filters, kernelSize: 3, padding: 'same', useBias: false }),
  // Keras' default of 0.99 needs hundreds of steps until the moving statistics have arrived; an epoch has a dozen.
  batchNormalization({ momentum: 0.9 }),
  activation({ activation: 'relu' }),
  maxPooling2d(),
]
const normalized = sequential([
  ...reduction([224, 224], 64),
  ...[32, 64, 128].flatMap(block),
  globalAveragePooling2d(),
  dropout({ rate: 0.3 }),
  dense({ units: classes, activation: 'softmax' }),
])
const data = await loadDataset(experiment.data, { baseDir: resolve(values.folder) })
const { name, classNames, imageShape } = data
const all = data.train.followedBy(data.test)
const seeds = Array.from({ length: Number(values.seeds) }, (_, i) => i + 1)
const models = { ...experiment.models, normalized }
const rightOf = new Map(Object.keys(models).map(name => [name, seeds.map(() => 0)]))
const secondsOf = new Map(Object.keys(models).map(name => [name, seeds.map(() => 0)]))

for (const [i, seed] of seeds.entries()) {
  const fold = foldsOf(all.labels, { folds: FOLDS, classes, seed })
  for (let held = 0; held < FOLDS; held++) {
    const indices = [...fold.keys()]
    const test = all.take(indices.filter(at => fold[at] === held))
    const train = all.take(indices.filter(at => fold[at] !== held))
    await runExperiment(
      { ...experiment, models },
      createDataset({ name, classNames, imageShape, train, test }),
      {
        seeds: [seed],
        backend: chooseBackend('auto'),
        baseDir: resolve(values.folder),
        onRun: (model, { seconds, test: { accuracy }, history }) => {
          rightOf.get(model)![i]! += Math.round(accuracy * test.count)
          secondsOf.get(model)![i]! += seconds
          console.log(
            `${model} seed ${seed}, part ${held + 1}: ${(100 * accuracy).toFixed(2)} % of ${test.count}, ${history.loss?.length} epochs in ${seconds.toFixed(1)} s`,
          )
        },
      },
    )
  }
}
const accuracies = new Map([...rightOf].map(([name, right]) => [name, right.map(count => count / all.count)]))
const scratch = ['small-cnn', 'normalized'].toSorted(
  (a, b) => mean(accuracies.get(b)!) - mean(accuracies.get(a)!),
)[0]!
const differences = accuracies.get('transfer')!.map((accuracy, i) => accuracy - accuracies.get(scratch)![i]!)
const { mean: difference, std } = statisticOf(differences)
// One seed has no spread to compute an interval from.
const half =
  seeds.length > 1 ? (studentQuantile(seeds.length - 1) * std) / Math.sqrt(seeds.length) : Number.NaN
const points = (share: number): number => Number((100 * share).toFixed(2))
const summary = {
  ...thisBuild(),
  images: { count: all.count, parts: FOLDS, fingerprint: data.fingerprint },
  models: Object.fromEntries(
    [...accuracies].map(([name, shares]) => [
      name,
      {
        accuracy: shares.map(points),
        seconds: secondsOf.get(name)!.map(seconds => Number(seconds.toFixed(1))),
      },
    ]),
  ),
  bestFromScratch: scratch,
  transferIsBetterBy: {
    points: points(difference),
    interval95: [points(difference - half), points(difference + half)],
  },
}
writeFileSync(new URL('results/transfer.json', import.meta.url), `${JSON.stringify(summary, null, 2)}\n`)
console.log(JSON.stringify(summary.transferIsBetterBy), `against ${scratch}`)
