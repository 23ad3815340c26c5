/**
 * What augmentation costs: the training step of report 002's standard network (forward, backward, Adam, batch 64) with it
 * over the same step without, in rounds in which all take turns.
 *
 *   node scripts/setup.mjs && npx jiti bench/augmentation.ts        about two minutes
 *   … --rounds 5 --threads 2
 *
 * The ratio is the median over rounds of time with / time without in the same round. Writes bench/results/augmentation.json.
 */
import { writeFileSync } from 'node:fs'
import { availableParallelism, cpus, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import {
  type AugmentationSpec,
  adam,
  createNetwork,
  cutout,
  fashionMnistMini,
  fit,
  loadDataset,
  nativeBackend,
  randomBrightness,
  randomContrast,
  randomCrop,
  randomErasing,
  randomFlip,
  randomRotation,
  randomTranslation,
  randomZoom,
} from 'heddle'
import experiment from '../experiments/basic-vs-standard.ts'

const one = {
  flip: randomFlip({ mode: 'horizontal' }),
  rotation: randomRotation({ factor: 0.05 }),
  crop: randomCrop({ padding: 2 }),
  cutout: cutout({ size: 8 }),
  translation: randomTranslation({ heightFactor: 0.1, widthFactor: 0.1 }),
  zoom: randomZoom({ heightFactor: 0.1 }),
  erasing: randomErasing({ factor: [1, 1], fillValue: 0 }),
  'erasing with noise': randomErasing({ factor: [1, 1] }),
  brightness: randomBrightness({ factor: 0.2 }),
  contrast: randomContrast({ factor: 0.2 }),
} satisfies Record<string, AugmentationSpec>

const sets: Readonly<Record<string, readonly AugmentationSpec[]>> = {
  none: [],
  'flip + rotation + crop + cutout': [one.flip, one.rotation, one.crop, one.cutout],
  ...Object.fromEntries(Object.entries(one).map(([name, spec]) => [name, [spec]])),
}

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '15' },
    threads: { type: 'string', default: `1,${availableParallelism()}` },
  },
})

const BATCH = 64
const data = await loadDataset(fashionMnistMini())

/** Milliseconds per step: the fastest way through the library that a user has, two epochs of 24 steps. */
async function stepMs(augmentation: readonly AugmentationSpec[], threads: number): Promise<number> {
  const network = createNetwork(experiment.models.standard!, {
    inputShape: data.imageShape,
    seed: 1,
    backend: nativeBackend({ threads }),
  })
  let trainMs = 0
  let steps = 0
  await fit(network, data, {
    optimizer: adam(),
    loss: 'sparseCategoricalCrossentropy',
    batchSize: BATCH,
    epochs: 2,
    augmentation,
    onEvent(event) {
      if (event.type === 'step') steps++
      if (event.type === 'epoch') trainMs += event.trainMs
    },
  })
  return trainMs / steps
}

const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

const results = []
const rounds = Number(flags.rounds)
const loadBefore = loadavg()[0]
console.log('threads  augmentation                       median ms  time / none  (min to max)')
for (const threads of new Set(flags.threads.split(',').map(Number))) {
  const times: Record<string, number[]> = Object.fromEntries(Object.keys(sets).map(name => [name, []]))
  for (let round = -1; round < rounds; round++) {
    for (const [name, augmentation] of Object.entries(sets)) {
      const ms = await stepMs(augmentation, threads)
      // The first round warms up.
      if (round >= 0) times[name]!.push(ms)
    }
  }
  for (const [name, ms] of Object.entries(times)) {
    const ratios = ms.map((time, round) => time / times.none![round]!)
    const row = {
      augmentation: name,
      threads,
      n: rounds,
      minMs: Math.min(...ms),
      medianMs: median(ms),
      maxMs: Math.max(...ms),
      /** Over the step without, the median of the rounds and their range. */
      ratio: median(ratios),
      minRatio: Math.min(...ratios),
      maxRatio: Math.max(...ratios),
    }
    results.push(row)
    console.log(
      `${String(threads).padStart(7)}  ${name.padEnd(33)} ${row.medianMs.toFixed(2).padStart(10)}  ${row.ratio.toFixed(3).padStart(11)}  ` +
        `(${row.minRatio.toFixed(3)} to ${row.maxRatio.toFixed(3)})`,
    )
  }
}
const record = {
  what: 'ms per training step of the network standard, batch 64, with augmentation',
  date: new Date().toISOString().slice(0, 10),
  machine: {
    cpu: cpus()[0]?.model.trim(),
    cores: availableParallelism(),
    node: process.version,
    os: process.platform,
    loadBefore,
    loadAfter: loadavg()[0],
  },
  results,
}
writeFileSync(new URL('results/augmentation.json', import.meta.url), `${JSON.stringify(record, null, 2)}\n`)
