import { type Column, table } from '../../show/table.ts'
import type { Comparison } from './record.ts'

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
