import type { Fact } from '../../protocol/section.ts'
import type { CaptionedTable, Figure, Listing } from '../figures/figure.ts'
import type { Prose } from './prose.ts'

/** What stands below one another in a chapter. Texts may refer to a figure or table of the document: `{figure:curves}`, `{table:results}`, `{cite:adam}`. */
export type Part =
  | { readonly kind: 'text'; readonly text: string }
  /** The answer, in a sentence. */
  | { readonly kind: 'verdict'; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly string[] }
  | { readonly kind: 'facts'; readonly facts: readonly Fact[] }
  | { readonly kind: 'heading'; readonly text: string }
  /** What the author wrote. */
  | { readonly kind: 'prose'; readonly prose: readonly Prose[] }
  | { readonly kind: 'figure'; readonly figure: Figure }
  | { readonly kind: 'table'; readonly table: CaptionedTable }
  | { readonly kind: 'listing'; readonly listing: Listing }
  /** A run, which tables lead to. */
  | { readonly kind: 'run'; readonly id: string; readonly facts: readonly Fact[] }

export interface Chapter {
  readonly title: string
  readonly parts: readonly Part[]
  /** The abstract and the references have no number; an appendix has a letter. */
  readonly numbering?: 'none' | 'letter'
}

/** A text with numbered chapters, figures and tables, which is written as HTML, PDF and Markdown. */
export interface Document {
  readonly title: string
  readonly author: string | null
  /** Below the author, such as a course. */
  readonly affiliation: string | null
  readonly date: string
  /** In milliseconds since 1970. */
  readonly madeAt: number
  readonly chapters: readonly Chapter[]
  /** How a source is cited in a text. */
  readonly cite: (key: string) => string
}

/** A document whose chapters, figures and tables have their numbers. */
export interface Numbered {
  readonly headingOf: (chapter: Chapter) => string
  readonly figures: ReadonlyMap<string, number>
  readonly tables: ReadonlyMap<string, number>
  readonly listings: ReadonlyMap<string, number>
  /** A text with the numbers of what it refers to. */
  readonly resolved: (text: string) => string
}

/** Counts figures, tables and listings in the order in which they stand. */
export function numbered({ chapters, cite }: Document): Numbered {
  const parts = chapters.flatMap(chapter => chapter.parts)
  const numbers = (names: readonly string[]): Map<string, number> =>
    new Map(names.map((name, i) => [name, i + 1]))
  const figures = numbers(parts.flatMap(part => (part.kind === 'figure' ? [part.figure.name] : [])))
  const tables = numbers(parts.flatMap(part => (part.kind === 'table' ? [part.table.name] : [])))
  const listings = numbers(parts.flatMap(part => (part.kind === 'listing' ? [part.listing.name] : [])))
  const words: Readonly<Record<string, readonly [string, ReadonlyMap<string, number>]>> = {
    figure: ['Figure', figures],
    table: ['Table', tables],
    listing: ['Listing', listings],
  }
  let [number, letter] = [0, 0]
  const headings = new Map(
    chapters.map(chapter => {
      if (chapter.numbering === 'none') return [chapter, chapter.title]
      if (chapter.numbering === 'letter')
        return [chapter, `${String.fromCharCode(65 + letter++)}. ${chapter.title}`]
      return [chapter, `${++number}. ${chapter.title}`]
    }),
  )
  return {
    headingOf: chapter => headings.get(chapter)!,
    figures,
    tables,
    listings,
    resolved: text =>
      text.replaceAll(/\{(figure|table|listing|cite):([^{}]+)\}/g, (whole, kind: string, name: string) => {
        if (kind === 'cite') return cite(name)
        const [word, of] = words[kind]!
        const place = of.get(name)
        return place === undefined ? whole : `${word} ${place}`
      }),
  }
}
