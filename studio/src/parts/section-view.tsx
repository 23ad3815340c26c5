import type { ReactNode } from 'react'
import type { ImageOf } from '../../../src/protocol/audit.ts'
import type { Block, Section } from '../../../src/protocol/section.ts'
import { ChartView } from '../charts/chart-view.tsx'
import { Warnings } from './messages.tsx'
import { TableView } from './table-view.tsx'

/** What stands in place of a block, by its name. */
type Instead = Readonly<Record<string, (block: never) => ReactNode>>

interface Options {
  readonly instead?: Instead
  /** How an image of the data looks; left out: its table stands for it. */
  readonly tile?: (image: ImageOf) => ReactNode
}

/** A section in the words, numbers and order that the command line has; parts that can be used come `instead`. */
export function SectionView({ section, ...options }: Options & { readonly section: Section }) {
  return section.blocks.map((block, i) => (
    // The order of a section's blocks does not change.
    // biome-ignore lint/suspicious/noArrayIndexKey: see above
    <BlockView key={i} block={block} title={section.title} {...options} />
  ))
}

/** One block of a section. */
export function BlockView({
  block,
  title,
  ...options
}: Options & { readonly block: Block; readonly title?: string }) {
  const { instead = {}, tile } = options
  const own = 'name' in block && instead[block.name]
  if (own) return own(block as never)
  switch (block.kind) {
    case 'verdict':
      return <p className="verdict">{block.text}</p>
    case 'text':
      return <p className="measure">{block.text}</p>
    case 'note':
      return <p className="quiet">{block.text}</p>
    case 'warnings':
      return <Warnings warnings={block.warnings} />
    case 'list':
      return (
        <ul className="findings">
          {block.items.map(item => (
            <li key={item}>{item}</li>
          ))}
        </ul>
      )
    case 'facts':
      return (
        <dl className="facts">
          {block.facts.map(({ name, text, meaning }) => (
            <div key={name} title={meaning}>
              <dt>{name}</dt>
              <dd>{text}</dd>
            </div>
          ))}
        </dl>
      )
    case 'table':
      return block.table.rows.length > 0 && <TableView table={block.table} title={title} />
    case 'chart':
      return <ChartView block={block} />
    case 'images':
      if (!tile) return block.numbers && <TableView table={block.numbers} />
      return (
        <ul className="pairs">
          {block.groups.map(({ images, caption }) => (
            <li key={caption}>
              <span className="pair">{images.map(tile)}</span>
              <span className="quiet">{caption}</span>
            </li>
          ))}
        </ul>
      )
    case 'section':
      return (
        <section className="card" aria-label={block.title}>
          <h2>{block.title}</h2>
          <SectionView section={block} {...options} />
        </section>
      )
  }
}
