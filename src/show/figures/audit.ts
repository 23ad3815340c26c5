import type { Dataset } from '../../data/dataset.ts'
import type { DataAudit } from '../../protocol/audit.ts'
import type { Block } from '../../protocol/section.ts'
import { tableOf } from '../../protocol/table.ts'
import { auditSheets } from '../audit-pictures.ts'
import { auditSection } from '../audit-section.ts'
import type { CaptionedTable, Figure } from './figure.ts'

/** Images on a figure: on paper, fewer than on a screen. */
const MOST = 30

/** The images that an audit found: copies, near copies, images unlike all others, doubtful labels. */
export function auditFigures(audit: DataAudit, data: Dataset): Figure[] {
  return auditSheets(audit, data, { most: MOST }).map(({ name, title, images, draw }) => ({
    name: `audit-${name}`,
    caption: `${title}.`,
    draw: () => draw(''),
    data: tableOf(images, [
      ['split', 'Split', ({ of }) => of?.split],
      ['index', 'Image', ({ of }) => of?.index],
      ['label', 'Label', ({ of }) => of?.label],
      ['caption', 'Caption', ({ caption }) => caption],
    ]),
  }))
}

/** What stands above the tables of an audit, by their names. */
const captions: Readonly<Record<string, string>> = {
  copies: 'Copies among the images.',
  scores:
    'Test accuracy of a small network that is trained and tested with the doubtful images and without them.',
}

/** The tables of an audit. */
export function auditTables(audit: DataAudit): CaptionedTable[] {
  const tablesIn = (block: Block): CaptionedTable[] => {
    if (block.kind === 'section') return block.blocks.flatMap(tablesIn)
    if (block.kind !== 'table') return []
    return [{ name: `audit-${block.name}`, caption: captions[block.name]!, table: block.table }]
  }
  return tablesIn(auditSection(audit))
}
