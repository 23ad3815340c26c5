import { pageTheme } from '../chart.ts'
import { tableHtml } from '../data-table.ts'
import { page } from '../html.ts'
import { type Html, html, joined } from '../markup.ts'
import { inlinePicture } from '../picture.ts'
import { type Chapter, type Document, type Numbered, numbered, type Part } from './document.ts'
import type { Inline, Prose } from './prose.ts'

/** A document as one page that needs nothing else: no network, no scripts, light and dark, screen and paper. */
export function documentHtml(document: Document): string {
  const numbers = numbered(document)
  const { title, author, affiliation, date, chapters } = document
  const about = [author, affiliation, date].filter(line => line !== null)
  const body = joined([
    html`<header class="title"><h1>${title}</h1>${about.map(line => html`<p>${line}</p>`)}</header>`,
    html`<nav>${chapters.map((chapter, i) => html`<a href="#chapter-${i}">${numbers.headingOf(chapter)}</a>`)}</nav>`,
    ...chapters.map((chapter, i) => chapterHtml(chapter, numbers, i)),
  ])
  return page(title, body, style)
}

const style = `
:root { --line-0: #0072B2; --line-6: #000000; } svg.chart { display: block; width: 100%; height: auto; }
@media screen and (prefers-color-scheme: dark) { :root { --line-0: #56a8e0; --line-6: #e8e8ea; } }
body { max-width: 64rem; } header.title { text-align: center; margin: 2rem 0; } header.title p { margin: .2rem auto; color: var(--dim); }
.verdict { font-size: 1.15rem; border-left: .3rem solid var(--link); padding-left: .8rem; max-width: 70ch; }
h2 { border-top: 1px solid var(--line); padding-top: 1.2rem; } figure { margin: 1.4rem 0; } figcaption { color: var(--text); max-width: 80ch; }
figcaption b { font-weight: 600; } figure.table figcaption { margin: 0 0 .4rem; }
thead th, thead th.number { max-width: 9rem; white-space: normal; } td { overflow-wrap: anywhere; } td.long { min-width: 14rem; }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .2rem 1.2rem; } dt { color: var(--dim); } dd { margin: 0; max-width: 75ch; overflow-wrap: anywhere; }
.run { border-top: 1px solid var(--line); padding-top: .3rem; } .run:target { background: var(--box); }
blockquote { margin: .8rem 0; padding-left: .9rem; border-left: .2rem solid var(--line); }
.contents { padding-left: 0; list-style: none; }
@media (max-width: 45rem) { dl { grid-template-columns: minmax(0, 1fr); } }
@page { margin: 20mm 18mm; @bottom-center { content: counter(page); } }
@media print { :root { color-scheme: light; --text: #000; --dim: #444; --page: #fff; --box: #f4f5f7; --line: #ccc; --link: #000; --bad: #b23c00; }
  body { font-size: 10pt; padding: 0; max-width: none; print-color-adjust: exact; } nav { display: none; } a { text-decoration: none; }
  .scroll, pre { overflow: visible; max-width: 100%; } .scroll { border: 0; } pre { white-space: pre-wrap; overflow-wrap: anywhere; font-size: 7.5pt; }
  table { font-size: 7.5pt; width: 100%; } th, td { padding: .15rem .3rem; white-space: normal; } td.long { min-width: 0; } td.number { white-space: nowrap; }
  thead { display: table-header-group; } tr, figure:not(.table), .run, li { break-inside: avoid; } h2, h3, figure.table figcaption { break-after: avoid; }
  p, li { orphans: 3; widows: 3; } figure svg { max-height: 21cm; } }
`

function chapterHtml(chapter: Chapter, numbers: Numbered, place: number): Html {
  const key = `c${place}`
  return html`<section><h2 id="chapter-${place}">${numbers.headingOf(chapter)}</h2>
${joined(chapter.parts.map((part, i) => partHtml(part, numbers, `${key}p${i}`)))}</section>`
}

function partHtml(part: Part, numbers: Numbered, key: string): Html {
  const { resolved } = numbers
  switch (part.kind) {
    case 'text':
      return html`<p>${resolved(part.text)}</p>`
    case 'verdict':
      return html`<p class="verdict">${resolved(part.text)}</p>`
    case 'heading':
      return html`<h3>${part.text}</h3>`
    case 'list':
      return html`<ul>${part.items.map(item => html`<li>${resolved(item)}</li>`)}</ul>`
    case 'facts':
      return factsHtml(part.facts.map(({ name, text }) => [name, resolved(text)]))
    case 'prose':
      return joined(part.prose.map(block => proseHtml(block, numbers)))
    case 'figure': {
      const { name, caption, draw } = part.figure
      const number = numbers.figures.get(name)!
      return html`<figure id="figure-${name}">${inlinePicture(draw(pageTheme(key)), caption)}<figcaption><b>Figure ${number}.</b> ${resolved(caption)}</figcaption></figure>`
    }
    case 'table': {
      const { name, caption, table } = part.table
      return html`<figure class="table" id="table-${name}"><figcaption><b>Table ${numbers.tables.get(name)!}.</b> ${resolved(caption)}</figcaption>${tableHtml(table)}</figure>`
    }
    case 'listing': {
      const { name, caption, text } = part.listing
      return html`<figure class="table" id="listing-${name}"><figcaption><b>Listing ${numbers.listings.get(name)!}.</b> ${resolved(caption)}</figcaption><pre>${text.trimEnd()}</pre></figure>`
    }
    case 'run':
      return html`<div class="run" id="run-${part.id}"><h3>Run ${part.id}</h3>${factsHtml(part.facts.map(({ name, text }) => [name, text]))}</div>`
  }
}

function proseHtml(block: Prose, { resolved }: Numbered): Html {
  const lines = (inlines: readonly Inline[]): Html =>
    joined(
      inlines.map(inline => inlineHtml(inline, resolved)),
      '',
    )
  switch (block.kind) {
    case 'paragraph':
      return html`<p>${lines(block.inlines)}</p>`
    case 'quote':
      return html`<blockquote><p>${lines(block.inlines)}</p></blockquote>`
    case 'heading':
      return html`<h3>${lines(block.inlines)}</h3>`
    case 'code':
      return html`<pre>${block.text}</pre>`
    case 'list': {
      const items = block.items.map(item => html`<li>${lines(item)}</li>`)
      return block.isOrdered ? html`<ol>${items}</ol>` : html`<ul>${items}</ul>`
    }
    case 'table':
      return html`<div class="scroll"><table><thead><tr>${block.head.map(cell => html`<th>${cell}</th>`)}</tr></thead><tbody>${block.rows.map(row => html`<tr>${row.map(cell => html`<td>${cell}</td>`)}</tr>`)}</tbody></table></div>`
  }
}

function inlineHtml({ text, bold, italic, code, link }: Inline, resolved: Numbered['resolved']): Html {
  let made = code ? html`<code>${text}</code>` : joined(resolved(text).split('\n'), '<br>')
  if (bold) made = html`<strong>${made}</strong>`
  if (italic) made = html`<em>${made}</em>`
  return link === undefined ? made : html`<a href="${link}">${made}</a>`
}

/** Facts under their names. */
function factsHtml(facts: readonly (readonly [name: string, text: string])[]): Html {
  return html`<dl>${facts.map(([name, text]) => html`<dt>${name}</dt><dd>${text}</dd>`)}</dl>`
}
