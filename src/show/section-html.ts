import type { ImageOf } from '../protocol/audit.ts'
import type { Block, Section } from '../protocol/section.ts'
import { pageTheme } from './chart.ts'
import { tableHtml } from './data-table.ts'
import { sharePanels } from './line-panels.ts'
import { type Html, html, joined } from './markup.ts'
import { inlinePicture } from './picture.ts'

interface Options {
  /** Names the charts of the section within its page. */
  readonly key: string
  readonly pictureOf: (image: ImageOf) => Html
  /** The level of its headings; 3 if left out. */
  readonly level?: number
}

/** A section as HTML, without its own title. */
export function sectionHtml({ blocks }: Pick<Section, 'blocks'>, options: Options): Html {
  return joined(blocks.map(block => blockHtml(block, options)))
}

function blockHtml(block: Block, options: Options): Html | null {
  const { level = 3 } = options
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
    case 'list':
      return block.items.length === 0
        ? null
        : html`<ul>${block.items.map(item => html`<li>${item}</li>`)}</ul>`
    case 'facts':
      return factsHtml(
        block.facts.map(({ name, text, meaning }) => [
          name,
          meaning ? html`${text} <span class="dim">${meaning}</span>` : text,
        ]),
      )
    case 'table':
      return block.table.rows.length === 0 ? null : tableHtml(block.table)
    case 'chart': {
      const chart = sharePanels(block, pageTheme(`${options.key}${block.name}`))
      return html`<figure>${inlinePicture(chart, block.caption)}<figcaption>${block.caption}</figcaption></figure>`
    }
    case 'images':
      return html`<div class="images">${block.groups.map(
        ({ images, caption }) =>
          html`<figure><div class="images tight">${images.map(options.pictureOf)}</div><figcaption>${joined(caption.split('\n'), '<br>')}</figcaption></figure>`,
      )}</div>`
    case 'section':
      return html`<h${level}>${block.title}</h${level}>
${sectionHtml(block, { ...options, level: level + 1 })}`
  }
}

/** Facts under their names. */
export function factsHtml(facts: readonly (readonly [name: string, text: Html | string])[]): Html {
  return html`<dl>${facts.map(([name, text]) => html`<dt>${name}</dt><dd>${text}</dd>`)}</dl>`
}
