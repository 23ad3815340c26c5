/**
 * The fault drill of searches on PostgreSQL, in its long form: 8 workers, 100 SIGKILLs, 10 restarts of the database, 10 cuts of all connections, and a
 * worker that is stopped for two minutes. Every trial must have the bits of an undisturbed search.
 *
 *   node scripts/setup.mjs && npx jiti bench/faults.ts        about half an hour; needs PostgreSQL's programs
 *   … --kills 20 --restarts 2                                  shorter
 *
 * Writes bench/results/faults.json.
 */
import { writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { adam, conv2d, dense, experiment, fashionMnistMini, flatten, sequential } from 'heddle'
import { faultDrill } from '../test/support/fault-drill.ts'
import { noPostgres } from '../test/support/postgres.ts'

if (noPostgres !== null) throw new Error(noPostgres)

const count = (fallback: number) => ({ type: 'string', default: String(fallback) }) as const
const { values } = parseArgs({
  options: {
    trials: count(60),
    epochs: count(40),
    workers: count(8),
    kills: count(100),
    restarts: count(10),
    cuts: count(10),
    stop: count(120),
    seed: count(1),
  },
})
const { epochs, stop, ...counts } = Object.fromEntries(
  Object.entries(values).map(([name, text]) => [name, Number(text)]),
) as Record<keyof typeof values, number>

const { takenOverMs, differences, ...report } = await faultDrill({
  ...counts,
  stopMs: 1000 * stop,
  experiment: experiment({
    name: 'drill',
    data: fashionMnistMini(),
    models: {
      small: sequential([
        conv2d({ filters: 8, kernelSize: 3, activation: 'relu' }),
        flatten(),
        dense({ units: 10, activation: 'softmax' }),
      ]),
    },
    train: { optimizer: adam(), loss: 'sparseCategoricalCrossentropy', epochs, validationSplit: 0.2 },
  }),
  onEvent: text => console.log(`${new Date().toISOString().slice(11, 19)}  ${text}`),
})
const sorted = takenOverMs.toSorted((a, b) => a - b)
const secondsAt = (share: number): number => (sorted[Math.floor(share * (sorted.length - 1))] ?? 0) / 1000
const result = {
  date: new Date().toISOString().slice(0, 10),
  machine: `${cpus()[0]!.model}, ${cpus().length} cores`,
  node: process.version,
  ...counts,
  epochs,
  stopSeconds: stop,
  ...report,
  takenOver: {
    n: sorted.length,
    medianSeconds: secondsAt(0.5),
    p95Seconds: secondsAt(0.95),
    maxSeconds: secondsAt(1),
  },
  differences,
}
console.log(JSON.stringify(result, null, 2))
writeFileSync(new URL('results/faults.json', import.meta.url), `${JSON.stringify(result, null, 2)}\n`)
process.exitCode = differences.length > 0 ? 1 : 0
