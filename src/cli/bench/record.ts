import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeFolder } from '../../base/files.ts'
import { type Machine, thisMachine } from '../../base/machine.ts'
import { type Column, table } from '../../show/table.ts'
import type { Standing } from './compare.ts'
import type { Job } from './job.ts'

/** A job under the name that people know it by. */
export interface Occasion {
  /** `basic-vs-standard/standard` */
  readonly model: string
  readonly what: Job['what']
  readonly batch: number
  readonly threads: number
  /** Left out: the native one. */
  readonly backend?: 'wasm'
}

/** One job with everything that took part. */
export interface Comparison extends Occasion {
  readonly parameters: number
  /** Dense, in units of 1e9, of one call. */
  readonly gigaOperations: number
  /** What registers alone reached, the median of the rounds. */
  readonly peakGflops: number
  readonly commit: string
  /** `2026-11-30`, of the machine's clock; results before December 2026 have none. */
  readonly date?: string
  readonly standings: readonly Standing[]
  /** Why others did not take part. */
  readonly absent: readonly string[]
}

interface RecordFile {
  readonly machine: Machine
  readonly comparisons: readonly Comparison[]
}

const same = (a: Occasion, b: Occasion): boolean =>
  a.model === b.model &&
  a.what === b.what &&
  a.batch === b.batch &&
  a.threads === b.threads &&
  a.backend === b.backend

/**
 * Results in `<folder>/step.json` and `<folder>/inference.json`, written after every job, so that a long run may be
 * stopped, continued and done model by model. A job that is measured again replaces its older result; results of
 * another machine are not kept beside this one's.
 */
export class BenchRecord {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
    makeFolder(folder)
  }

  /** Whether this job was measured at this commit already. */
  has(occasion: Occasion, commit: string): boolean {
    return this.#read(occasion.what).some(done => same(done, occasion) && done.commit === commit)
  }

  add(comparison: Comparison): void {
    const others = this.#read(comparison.what).filter(done => !same(done, comparison))
    const comparisons = [...others, comparison].sort(
      (a, b) => a.model.localeCompare(b.model) || a.batch - b.batch || a.threads - b.threads,
    )
    const file: RecordFile = { machine: thisMachine(), comparisons }
    writeFileSync(this.#path(comparison.what), `${JSON.stringify(file, null, 2)}\n`)
  }

  #path(what: Job['what']): string {
    return join(this.#folder, `${what}.json`)
  }

  #read(what: Job['what']): readonly Comparison[] {
    if (!existsSync(this.#path(what))) return []
    const file = JSON.parse(readFileSync(this.#path(what), 'utf8')) as Partial<RecordFile>
    const ours = JSON.stringify(file.machine) === JSON.stringify(thisMachine())
    return ours && file.comparisons ? file.comparisons : []
  }
}

const columns: readonly Column[] = [
  { title: 'Model', align: 'left' },
  { title: 'Batch', align: 'right' },
  { title: 'Threads', align: 'right' },
  { title: 'Program', align: 'left' },
  { title: 'Median ms', align: 'right' },
  { title: 'Min', align: 'right' },
  { title: 'Max', align: 'right' },
  { title: '99 %', align: 'right' },
  { title: '× heddle', align: 'right' },
  { title: 'Share of peak', align: 'right' },
]

/** A row for every program in every job, the job's name in the first of its rows. */
export function benchTable(comparisons: readonly Comparison[]): string {
  const rows = comparisons.flatMap(({ model, batch, threads, standings }) =>
    standings.map((standing, i) => [
      ...(i === 0 ? [model, String(batch), String(threads)] : ['', '', '']),
      standing.contestant,
      ...[standing.medianMs, standing.minMs, standing.maxMs].map(milliseconds),
      standing.p99Ms === undefined ? '' : milliseconds(standing.p99Ms),
      i === 0 ? '' : standing.ratio.toFixed(2),
      Number.isNaN(standing.peakShare) ? '' : `${(100 * standing.peakShare).toFixed(1)} %`,
    ]),
  )
  return table(columns, rows)
}

/** Three digits at least. */
function milliseconds(value: number): string {
  return value.toFixed(value < 1 ? 3 : 2)
}
