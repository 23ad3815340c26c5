import { properName } from './comparisons.ts'
import { type Described, ratio, table } from './parts.ts'

/** What `bench/serve/run.ts` writes. */
export interface Serving extends Described {
  /** The load of the machine before the first round. */
  readonly load: number
  readonly connections: number
  readonly seconds: number
  readonly results: readonly {
    readonly name: string
    readonly version: string
    readonly requestsPerSecond: number
    readonly p50Ms: number
    readonly p99Ms: number
    readonly errors: number
    readonly rounds: readonly unknown[]
  }[]
}

export function servingTable({ results }: Serving): string {
  const own = results.find(({ name }) => name === 'heddle')!
  const rows = results.map(one => [
    `${properName(one.name)} ${one.version}`,
    one.requestsPerSecond.toFixed(0),
    ratio(own.requestsPerSecond / one.requestsPerSecond),
    one.p50Ms.toFixed(1),
    one.p99Ms.toFixed(1),
    `${one.errors}`,
    `${one.rounds.length}`,
  ])
  return table(['server', 'requests a second', "Heddle's over it", 'p50, ms', 'p99, ms', 'errors', 'n'], rows)
}

/** In words, from the numbers: how Heddle stands beside the best of the others. */
export function servingSentence({ results }: Serving): string {
  const own = results.find(({ name }) => name === 'heddle')!
  const others = results.filter(one => one !== own)
  const best = others.reduce((a, b) => (b.requestsPerSecond > a.requestsPerSecond ? b : a))
  const times = own.requestsPerSecond / best.requestsPerSecond
  const share = own.p99Ms / best.p99Ms
  const isReached = times >= 3 && share <= 0.5
  return `The goal was three times the requests of the best of the others and half of its 99th percentile. ${
    isReached ? 'It is reached' : 'It is not reached'
  }: ${ratio(times)} times those of ${properName(best.name)}, and ${ratio(share)} times its 99th percentile.`
}
