import type { Block, Section } from '../protocol/section.ts'
import { tableHtml } from './data-table.ts'
import { type Html, html, joined } from './markup.ts'

/** A section as HTML, without its own title. */
export function sectionHtml({ blocks }: Pick<Section, 'blocks'>): Html {
  return joined(blocks.map(blockHtml))
}

function blockHtml(block: Block): Html | null {
  switch (block.kind) {
    case 'verdict':
      return html`<p class="verdict">${block.text}</p>`
    case 'text':
      return html`<p>${block.text}</p>`
    case 'note':
      return html`<p class="dim">${block.text}</p>`
    case 'warnings':
      return block.warnings.length === 0
        ? null
        : html`<ul class="warnings">${block.warnings.map(warning => html`<li>${warning}</li>`)}</ul>`
    case 'facts':
      return html`<dl>${block.facts.map(
        ({ name, text, meaning }) =>
          html`<dt>${name}</dt><dd>${text}${meaning ? html` <span class="dim">${meaning}</span>` : null}</dd>`,
      )}</dl>`
    case 'table':
      return block.table.rows.length === 0 ? null : tableHtml(block.table)
    case 'section':
      return html`<h3>${block.title}</h3>
${sectionHtml(block)}`
  }
}
