import { shownTable, type Table } from '../../protocol/table.ts'
import { type Document, type Numbered, numbered, type Part } from './document.ts'
import type { Inline, Prose } from './prose.ts'

/** A document as Markdown. `pictureOf` is where the picture of a figure lies. */
export function documentMarkdown(document: Document, pictureOf: (name: string) => string): string {
  const numbers = numbered(document)
  const { title, author, affiliation, date, chapters } = document
  const about = [author, affiliation, date].filter(line => line !== null)
  return `${[
    `# ${escaped(title)}`,
    about.map(escaped).join('  \n'),
    ...chapters.flatMap(chapter => [
      `## ${escaped(numbers.headingOf(chapter))}`,
      ...chapter.parts.map(part => partMarkdown(part, numbers, pictureOf)),
    ]),
  ].join('\n\n')}\n`
}

function partMarkdown(part: Part, numbers: Numbered, pictureOf: (name: string) => string): string {
  const text = (plain: string): string => escaped(numbers.resolved(plain))
  switch (part.kind) {
    case 'text':
      return text(part.text)
    case 'verdict':
      return `**${text(part.text)}**`
    case 'heading':
      return `### ${escaped(part.text)}`
    case 'list':
      return part.items.map(item => `- ${text(item)}`).join('\n')
    case 'facts':
      return part.facts.map(fact => `- **${escaped(fact.name)}:** ${text(fact.text)}`).join('\n')
    case 'prose':
      return part.prose.map(block => proseMarkdown(block, numbers)).join('\n\n')
    case 'figure': {
      const { name, caption } = part.figure
      return `![${text(caption)}](${pictureOf(name)})\n\n**Figure ${numbers.figures.get(name)!}.** ${text(caption)}`
    }
    case 'table': {
      const { name, caption, table } = part.table
      return `**Table ${numbers.tables.get(name)!}.** ${text(caption)}\n\n${tableMarkdown(table)}`
    }
    case 'listing': {
      const { name, caption, text: code, extension = '' } = part.listing
      return `**Listing ${numbers.listings.get(name)!}.** ${text(caption)}\n\n${fenced(code.trimEnd(), extension)}`
    }
    case 'run':
      return `### Run ${part.id}\n\n${part.facts.map(fact => `- **${escaped(fact.name)}:** ${escaped(fact.text)}`).join('\n')}`
  }
}

/** A table with bars. */
function tableMarkdown(table: Table): string {
  const { columns, rows } = shownTable(table)
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  const cell = (content: string): string => escaped(content).replaceAll('\n', '<br>')
  return [
    line(columns.map(({ title }) => cell(title))),
    line(columns.map(({ isNumber }) => (isNumber ? '---:' : '---'))),
    ...rows.map(row =>
      line(row.map(({ text, runs }) => cell(runs ? runs.map(run => run.text).join('\n') : text))),
    ),
  ].join('\n')
}

function proseMarkdown(block: Prose, { resolved }: Numbered): string {
  const line = (inlines: readonly Inline[]): string =>
    inlines.map(inline => inlineMarkdown(inline, resolved)).join('')
  switch (block.kind) {
    case 'paragraph':
      return line(block.inlines)
    case 'quote':
      return `> ${line(block.inlines)}`
    case 'heading':
      return `### ${line(block.inlines)}`
    case 'code':
      return fenced(block.text, '')
    case 'list':
      return block.items.map((item, i) => `${block.isOrdered ? `${i + 1}.` : '-'} ${line(item)}`).join('\n')
    case 'table':
      return [block.head, block.head.map(() => '---'), ...block.rows]
        .map((row, i) => `| ${row.map(cell => (i === 1 ? cell : escaped(cell))).join(' | ')} |`)
        .join('\n')
  }
}

function inlineMarkdown({ text, bold, italic, code, link }: Inline, resolved: Numbered['resolved']): string {
  let made = code ? `\`${text}\`` : escaped(resolved(text)).replaceAll('\n', '  \n')
  if (bold) made = `**${made}**`
  if (italic) made = `*${made}*`
  return link === undefined ? made : `[${made}](${encodeURI(decodeURI(link)).replaceAll(')', '%29')})`
}

/** A text of which nothing is markup. */
function escaped(text: string): string {
  return text.replaceAll(/[\\`*_[\]<>|#]/g, sign =>
    sign === '<' ? '&lt;' : sign === '>' ? '&gt;' : `\\${sign}`,
  )
}

/** A block of code, between more backticks than it has itself. */
function fenced(text: string, language: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}${language}\n${text}\n${fence}`
}
