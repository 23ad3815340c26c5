import type { Dataset, Model } from 'heddle'
import type { DataTable } from 'heddle/show'
import type { Comparison } from '../comparison.ts'
import type { Report } from '../reported.ts'

/** What a report says, checked by computing it. */
export interface Finding {
  /**
   * - `confirmed`, `contradicted`: by the numbers here, by the data, or by the report's own text
   * - `partly`: some of it holds
   * - `explained`: by a formula that gives the printed numbers
   * - `hypothesis`: a cause that gives numbers like the printed ones; chosen to fit them, not proved
   * - `undecided`: the numbers or the text at hand do not settle it
   */
  readonly kind: 'contradicted' | 'confirmed' | 'partly' | 'explained' | 'hypothesis' | 'undecided'
  readonly claim: string
  readonly found: string
  readonly table?: DataTable
}

export interface Evidence {
  readonly report: Report
  /** By model name, of the report's first experiment. */
  readonly models: ReadonlyMap<string, Model>
  /** The whole data of the report's first experiment. */
  readonly data: Dataset
  /** None where the numbers mean nothing. */
  readonly comparisons: readonly Comparison[]
}
