import type { Dataset } from '../../data/dataset.ts'
import type { Model } from '../../model/model.ts'
import type { DataTable } from '../../report/data-table.ts'
import type { Comparison } from '../comparison.ts'
import type { Report } from '../reported.ts'

/** What a report says, checked by computing it. */
export interface Finding {
  /** `contradicted`: by our numbers or by the report's own; `explained`: by a formula that gives its numbers. */
  readonly kind: 'contradicted' | 'confirmed' | 'explained'
  readonly claim: string
  readonly found: string
  readonly table?: DataTable
}

export interface Evidence {
  readonly report: Report
  /** By model name, of the report's first experiment. */
  readonly models: ReadonlyMap<string, Model>
  /** Of the report's first experiment, whole. */
  readonly data: Dataset
  /** None where the numbers mean nothing. */
  readonly comparisons: readonly Comparison[]
}
