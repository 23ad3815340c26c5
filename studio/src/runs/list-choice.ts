import type { RunRow } from '../../../src/protocol/studio.ts'
import type { Order } from '../parts/long-table.tsx'

/** What is drawn of runs: how they learned, or what became of them over their options. */
export const CHARTS = { curves: 'Curves', scatter: 'Scatter', parallel: 'Parallel' } as const

/** Where the runs are that are listed. */
export type Shelf = 'list' | 'archive' | 'bin'

/** What the address of the list of runs chooses. */
export interface ListChoice {
  readonly text: string
  readonly status: string
  readonly isGrouped: boolean
  readonly isHot: boolean
  readonly order: Order
  readonly columns: readonly string[]
  readonly pinned: readonly string[]
  readonly shelf: Shelf
  readonly charts: keyof typeof CHARTS
  /** Ids, or how they begin; `*` alone: every run that the filter finds. */
  readonly selected: ReadonlySet<string>
}

export function choiceOf(query: URLSearchParams, usual: readonly string[]): ListChoice {
  const list = (name: string): string[] => query.get(name)?.split(',').filter(Boolean) ?? []
  const shown = list('columns')
  const shelf = query.get('in')
  const charts = query.get('charts')
  return {
    text: query.get('filter') ?? '',
    status: query.get('status') ?? '',
    isGrouped: query.get('group') === 'seeds',
    isHot: query.get('heat') === '1',
    order: { column: query.get('sort') ?? 'createdAt', descending: query.get('down') !== '0' },
    columns: shown.length > 0 ? shown : usual,
    pinned: list('pin'),
    shelf: shelf === 'archive' || shelf === 'bin' ? shelf : 'list',
    charts: charts === 'scatter' || charts === 'parallel' ? charts : 'curves',
    selected: new Set(list('select')),
  }
}

/** Those of some runs that are chosen. */
export function selectedOf(rows: readonly RunRow[], selected: ReadonlySet<string>): readonly RunRow[] {
  if (selected.size === 0) return []
  if (selected.has('*')) return rows
  return rows.filter(({ id }) => selected.has(id) || selected.has(id.slice(0, SHORT)))
}

/** An address has room for the ids of hundreds of runs if they are short. */
const SHORT = 6

/** How a choice is written in an address: `*` for all, and ids as short as they can be told apart. */
export function selectionText(ids: ReadonlySet<string>, rows: readonly RunRow[]): string {
  if (ids.size > 1 && ids.size === rows.length && rows.every(({ id }) => ids.has(id))) return '*'
  const areTold = new Set(rows.map(({ id }) => id.slice(0, SHORT))).size === rows.length
  return [...ids].map(id => (areTold ? id.slice(0, SHORT) : id)).join(',')
}

/** What a saved view keeps of an address: everything but which runs are chosen. */
export function viewQuery(query: URLSearchParams): string {
  const kept = new URLSearchParams(query)
  kept.delete('select')
  return kept.toString()
}
