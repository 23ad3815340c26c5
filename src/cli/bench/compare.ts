import { HeddleError } from '../../base/errors.ts'
import { median, pairedRatio, quantile } from '../../base/maths.ts'
import type { Contestant, Job } from './job.ts'

/** How one contestant did in one job: of each round the median call counts. */
export interface Standing {
  readonly contestant: string
  readonly version: string
  readonly variant: string
  readonly medianMs: number
  readonly minMs: number
  readonly maxMs: number
  /** The 99th percentile of all calls; absent for training, which is timed as a whole. */
  readonly p99Ms?: number
  /** Its time over that of the first contestant in the same round: the median of the rounds. */
  readonly ratio: number
  /** Operations counted dense per second, over what the registers alone reached in the same round. */
  readonly peakShare: number
  readonly rounds: number
}

export interface CompareOptions {
  readonly job: Job
  readonly rounds: number
  /** How long one contestant runs in one round. */
  readonly roundMs: number
  /** Floating-point operations of one call, in units of 1e9. */
  readonly gigaOperations: number
  /** Measures the peak, in GFLOPS. */
  readonly peak: () => number
  /** Called with the reason why a contestant does not take part. */
  readonly onNotice: (message: string) => void
}

/** What takes longer than this is measured by its first call alone. */
const SLOW_MS = 3000

/**
 * The contestants take turns, so that a slow minute of the machine falls on all of them. The first one is what the
 * others are measured by; one of the others that cannot do the job is left out.
 */
export async function compare(
  contestants: readonly Contestant[],
  options: CompareOptions,
): Promise<readonly Standing[]> {
  const { job, rounds, gigaOperations, peak, onNotice } = options
  const entries: Entry[] = []
  for (const contestant of contestants) {
    try {
      entries.push(await enter(contestant, options, entries[0]?.parameters))
    } catch (error) {
      if (!(error instanceof HeddleError) || entries.length === 0) throw error
      onNotice(error.message)
    }
  }
  const peaks: number[] = []
  for (let round = 0; round < rounds; round++) {
    peaks.push(peak())
    for (const { contestant, calls, times, all } of entries) {
      if (calls === 0) continue
      const measured = await contestant.run(calls)
      times.push(median(measured))
      all.push(...measured)
    }
  }
  return entries.map(({ contestant: { name, version }, variant, times, all }) => ({
    contestant: name,
    version,
    variant,
    medianMs: median(times),
    minMs: Math.min(...times),
    maxMs: Math.max(...times),
    ...(job.what === 'inference' && { p99Ms: quantile(all, 0.99) }),
    ratio: pairedRatio(times, entries[0]!.times),
    peakShare: pairedRatio(
      times.map(ms => (1000 * gigaOperations) / ms),
      peaks,
    ),
    rounds: times.length,
  }))
}

interface Entry {
  readonly contestant: Contestant
  readonly parameters: number
  readonly variant: string
  /** In a round; 0: its first call stands for all. */
  readonly calls: number
  /** The median of each round. */
  readonly times: number[]
  readonly all: number[]
}

/** Gets a contestant ready, and finds how many calls fill a round. Its network must have as many numbers as the first one's. */
async function enter(
  contestant: Contestant,
  { job, roundMs }: CompareOptions,
  expected: number | undefined,
): Promise<Entry> {
  const { parameters, variant } = await contestant.prepare(job)
  if (expected !== undefined && parameters !== expected) {
    throw new HeddleError(
      `${contestant.name} built another network, of ${parameters} parameters instead of ${expected}: it is left out.`,
    )
  }
  const entry = { contestant, parameters, variant }
  const first = median(await contestant.run(1))
  if (first > SLOW_MS) return { ...entry, calls: 0, times: [first], all: [first] }
  await contestant.run(3)
  const ms = median(await contestant.run(3))
  return { ...entry, calls: Math.max(1, Math.round(roundMs / ms)), times: [], all: [] }
}
