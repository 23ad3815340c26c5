import type { DataPage, LabelCorrections, Split } from '../../../src/protocol/data.ts'

export interface PartProps {
  readonly page: DataPage
  readonly split: Split
  readonly query: URLSearchParams
  readonly corrections: LabelCorrections
  readonly onCorrections: (corrections: LabelCorrections) => void
}
