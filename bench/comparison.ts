/**
 * How often `heddle compare` calls models different that are equal, and how often its 95 % intervals hold the true difference:
 * simulated networks of 90 % accuracy, whose accuracy for other images and other seeds is known.
 *
 *   npx jiti bench/comparison.ts [--repetitions 2000] [--images 400]        some minutes
 *
 * Always the same numbers. The standard error of a share of 5 % is √(0.05 · 0.95 / repetitions): 0.5 points at 2,000.
 */
import { parseArgs } from 'node:util'
import { differenceOf, hitsOf } from '../src/insight/statistics/difference.ts'
import { holm } from '../src/insight/statistics/significance.ts'
import { tailBeyond } from '../src/insight/statistics/uncertainty.ts'
import { type Simulation, simulate } from '../test/support/simulated-models.ts'

const { values } = parseArgs({
  options: { repetitions: { type: 'string', default: '2000' }, images: { type: 'string', default: '400' } },
})
const [repetitions, images] = [Number(values.repetitions), Number(values.images)]

/** Standard deviations of the accuracy from seed to seed, of the first and of the second model. */
const SPREADS = {
  none: [0, 0],
  small: [0.004, 0.004],
  large: [0.015, 0.015],
  'one model': [0.002, 0.015],
} as const

/** Whether images are hard for one model alone: two networks of one kind, and two of different kinds. */
const KINDS = { alike: 0, different: 1.5 } as const

const percent = (count: number): string => ((100 * count) / repetitions).toFixed(1).padStart(5)

console.log(`${images} images, ${repetitions} repetitions; shares in percent, errors in points\n`)
console.log(
  '| seeds | models | spread of seeds | true difference | found different | interval holds it | true error |',
)
console.log('|---|---|---|---|---|---|---|')
for (const seeds of [1, 2, 3, 5, 10]) {
  for (const [kind, ownDifficulty] of Object.entries(KINDS)) {
    for (const [spread, [one, other]] of Object.entries(SPREADS)) {
      for (const true_ of [0, 0.005, 0.01]) {
        const simulation: Simulation = {
          images,
          ownDifficulty,
          models: [
            { accuracy: 0.9, seedSpread: one, seeds },
            { accuracy: 0.9 + true_, seedSpread: other, seeds },
          ],
        }
        let [found, holds, error] = [0, 0, 0]
        for (let r = 0; r < repetitions; r++) {
          const [a, b] = simulate(simulation, r)
          const measured = differenceOf(
            hitsOf({ name: 'a', runs: a!.runs }),
            hitsOf({ name: 'b', runs: b!.runs }),
          )
          // With one seed each, the verdict is about these two networks.
          const truth = seeds === 1 ? b!.accuracies[0]! - a!.accuracies[0]! : true_
          if (measured.pValue < 0.05) found++
          // The interval is made of these differences; asking is faster than making it.
          if (tailBeyond(Math.abs(measured.difference - truth), measured.uncertainty) >= 0.05) holds++
          error += (100 * (measured.difference - truth)) ** 2 / repetitions
        }
        console.log(
          `| ${seeds} | ${kind} | ${spread} | ${(100 * true_).toFixed(1)} | ${percent(found)} | ${percent(holds)} | ${Math.sqrt(error).toFixed(2)} |`,
        )
      }
    }
  }
}

console.log('\nFive equal models, ten pairs, Holm’s correction: how often any pair is called different\n')
console.log('| seeds | models | spread of seeds | any pair |')
console.log('|---|---|---|---|')
for (const seeds of [1, 3, 5]) {
  for (const [kind, ownDifficulty] of Object.entries(KINDS)) {
    for (const [spread, [one, other]] of Object.entries(SPREADS)) {
      if (seeds === 1 && spread !== 'none') continue
      const models = [0, 1, 2, 3, 4].map(m => ({ accuracy: 0.9, seedSpread: m < 4 ? one : other, seeds }))
      let found = 0
      for (let r = 0; r < repetitions; r++) {
        const hits = simulate({ images, ownDifficulty, models }, r).map(({ runs }) =>
          hitsOf({ name: 'model', runs }),
        )
        const pValues = hits.flatMap((a, i) => hits.slice(i + 1).map(b => differenceOf(a, b).pValue))
        if (Math.min(...holm(pValues)) < 0.05) found++
      }
      console.log(`| ${seeds} | ${kind} | ${spread} | ${percent(found)} |`)
    }
  }
}
