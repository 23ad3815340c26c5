/**
 * What augmentation costs: the training step of report 002's standard network (forward, backward, Adam, batch 64) with it
 * over the same step without, the two always one after the other.
 *
 *   node scripts/setup.mjs && npx jiti bench/augmentation.ts        about three minutes
 *   … --rounds 5 --threads 2
 *
 * Writes bench/results/augmentation.json.
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
import { median, quantile } from '../src/base/maths.ts'

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
  'flip + rotation + crop + cutout': [one.flip, one.rotation, one.crop, one.cutout],
  ...Object.fromEntries(Object.entries(one).map(([name, spec]) => [name, [spec]])),
}

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '25' },
    threads: { type: 'string', default: `1,${availableParallelism()}` },
  },
})

const BATCH = 64
const data = await loadDataset(fashionMnistMini())

/** Milliseconds per step: the fastest way through the library that a user has, one epoch of 24 steps. */
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
    epochs: 1,
    augmentation,
    onEvent(event) {
      if (event.type === 'step') steps++
      if (event.type === 'epoch') trainMs += event.trainMs
    },
  })
  return trainMs / steps
}

const results = []
const rounds = Number(flags.rounds)
const loadBefore = loadavg()[0]
console.log('threads  augmentation                      median ms  with / without  middle half')
for (const threads of new Set(flags.threads.split(',').map(Number))) {
  const pairs = Object.entries(sets).map(([name, augmentation]) => ({
    name,
    augmentation,
    plain: [] as number[],
    augmented: [] as number[],
  }))
  for (let round = -1; round < rounds; round++) {
    for (const { augmentation, plain, augmented } of pairs) {
      // Who is first changes from round to round.
      const [first, second] = round % 2 === 0 ? [[], augmentation] : [augmentation, []]
      const [a, b] = [await stepMs(first, threads), await stepMs(second, threads)]
      // The first round warms up.
      if (round < 0) continue
      plain.push(first === augmentation ? b : a)
      augmented.push(first === augmentation ? a : b)
    }
  }
  for (const { name, plain, augmented } of pairs) {
    const ratios = augmented.map((time, round) => time / plain[round]!)
    const row = {
      augmentation: name,
      threads,
      n: rounds,
      /** Milliseconds of the step without it, and with it. */
      plainMs: { min: Math.min(...plain), median: median(plain), max: Math.max(...plain) },
      augmentedMs: { min: Math.min(...augmented), median: median(augmented), max: Math.max(...augmented) },
      /** With over without, neighbours in time: the median of the rounds, the middle half of them, all of them. */
      ratio: median(ratios),
      quartiles: [quantile(ratios, 0.25), quantile(ratios, 0.75)],
      range: [Math.min(...ratios), Math.max(...ratios)],
    }
    results.push(row)
    const [low, high] = row.quartiles
    console.log(
      `${String(threads).padStart(7)}  ${name.padEnd(31)} ${row.augmentedMs.median.toFixed(2).padStart(10)}  ` +
        `${row.ratio.toFixed(3).padStart(14)}  ${low!.toFixed(3)} to ${high!.toFixed(3)}`,
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
