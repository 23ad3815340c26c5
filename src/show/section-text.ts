import type { Block, Section } from '../protocol/section.ts'
import { tableText } from './data-table.ts'

interface Options {
  /** Columns of the terminal; left out: as wide as need be. */
  readonly width?: number | undefined
}

/** A section as a page of text, without its own title. A table that is too wide goes on below, as `table` says. */
export function sectionText({ blocks }: Pick<Section, 'blocks'>, { width }: Options = {}): string {
  return blocks
    .map(block => blockText(block, width))
    .filter(text => text !== '')
    .join('\n\n')
}

function blockText(block: Block, width: number | undefined): string {
  switch (block.kind) {
    case 'verdict':
    case 'text':
    case 'note':
      return block.text
    case 'warnings':
      return block.warnings.map(warning => `! ${warning}`).join('\n')
    case 'list':
      return block.items.map(item => `- ${item}`).join('\n')
    case 'facts': {
      const pad = Math.max(...block.facts.map(({ name }) => name.length)) + 2
      return block.facts.map(({ name, text }) => `${name.padEnd(pad)}${text}`).join('\n')
    }
    case 'table':
      return block.table.rows.length === 0 ? '' : tableText(block.table, { width })
    case 'chart':
    case 'images':
      return block.numbers ? tableText(block.numbers, { width }) : ''
    case 'section':
      return `${block.title}\n\n${sectionText(block, { width })}`.trimEnd()
  }
}
