import type { LayerFate } from '../model/files/model-format.ts'
import { tableOf } from '../protocol/table.ts'
import { tableText } from '../show/data-table.ts'

/** What became of every layer, as a table. */
export function fatesText(layers: readonly LayerFate[], width: number | undefined): string {
  const hasRemarks = layers.some(({ remark }) => remark !== '')
  const table = tableOf<LayerFate>(layers, [
    ['name', 'Layer', ({ name }) => name],
    ['class', 'Was', ({ className }) => className],
    ['became', 'Became', ({ became }) => became ?? '–'],
    ...(hasRemarks ? [['remark', 'Remark', ({ remark }: LayerFate) => remark] as const] : []),
  ])
  return tableText(table, { width })
}
