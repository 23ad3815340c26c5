/**
 * How well the verdict of a search holds: how often the interval of the chosen candidate's mean holds the true one, how often that of its difference to the
 * starting point does, how often it is called better although it is not, and how often a true difference is found.
 *
 *   npx jiti bench/selection.ts [--repetitions 20000]        some minutes
 *
 * Always the same numbers. The standard error of a share of 5 % is √(0.05 · 0.95 / repetitions): 0.15 points at 20,000.
 */
import { parseArgs } from 'node:util'
import { mean } from '../src/base/maths.ts'
import { selectedDifference, selectedOf } from '../src/insight/statistics/selection.ts'
import { type SeedSimulation, simulatedSeeds } from '../test/support/simulated-seeds.ts'

const { values } = parseArgs({ options: { repetitions: { type: 'string', default: '20000' } } })
const repetitions = Number(values.repetitions)

const same = (count: number, value: number): number[] => Array<number>(count).fill(value)

/** By name, what `count` candidates are like, in standard deviations from seed to seed. */
const KINDS: Readonly<Record<string, (count: number) => Omit<SeedSimulation, 'seeds'>>> = {
  equal: count => ({ means: same(count, 0), spreads: same(count, 1), common: 0 }),
  'equal, seeds matter to all alike': count => ({
    means: same(count, 0),
    spreads: same(count, 1),
    common: 0.6,
  }),
  'one varies more': count => ({ means: same(count, 0), spreads: [3, ...same(count - 1, 1)], common: 0 }),
  'the starting point varies more': count => ({
    means: same(count, 0),
    spreads: [...same(count - 1, 1), 3],
    common: 0,
  }),
  'one is a little better and varies less': count => ({
    means: [0.2, ...same(count - 1, 0)],
    spreads: [0.3, ...same(count - 1, 1)],
    common: 0,
  }),
  'all are better': count => ({
    means: [2, ...same(count - 2, 1.5), 0],
    spreads: same(count, 1),
    common: 0,
  }),
}

console.log(
  '| seeds | candidates | which are | mean held, % | difference held, % | called better, % | wrongly so, % |',
)
console.log('|---|---|---|---|---|---|---|')
for (const seeds of [2, 3, 5, 10]) {
  for (const count of [2, 4, 6]) {
    for (const [kind, simulationOf] of Object.entries(KINDS)) {
      const simulation = { seeds, ...simulationOf(count) }
      const { means } = simulation
      const start = count - 1
      let [held, heldDifference, better, wrong] = [0, 0, 0, 0]
      for (let r = 0; r < repetitions; r++) {
        const table = simulatedSeeds(simulation, r)
        const { place, estimate } = selectedOf(table)
        if (estimate!.low <= means[place]! && means[place]! <= estimate!.high) held++
        const others = table.slice(0, start).map(mean)
        const truth = means[others.indexOf(Math.max(...others))]! - means[start]!
        const { low, high } = selectedDifference(table, start)!
        if (low <= truth && truth <= high) heldDifference++
        if (low > 0) better++
        if (low > 0 && truth <= 0) wrong++
      }
      const shares = [held, heldDifference, better, wrong].map(one => ((100 * one) / repetitions).toFixed(1))
      console.log(`| ${seeds} | ${count} | ${kind} | ${shares.join(' | ')} |`)
    }
  }
}
