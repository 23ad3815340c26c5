import type { ImageOf } from './audit.ts'
import type { Table } from './table.ts'

/** Something known, under its name. */
export interface Fact {
  readonly name: string
  readonly text: string
  /** What the name means, for people who read it for the first time. */
  readonly meaning?: string
}

/** What stands below one another in a section. Blocks with a `name` can be shown in another way by that name. */
export type Block =
  /** The answer, in a sentence. */
  | { readonly kind: 'verdict'; readonly text: string }
  | { readonly kind: 'text'; readonly text: string }
  /** As `text`, less important. */
  | { readonly kind: 'note'; readonly text: string }
  /** What to know before you believe a number. */
  | { readonly kind: 'warnings'; readonly warnings: readonly string[] }
  | { readonly kind: 'list'; readonly items: readonly string[] }
  | { readonly kind: 'facts'; readonly facts: readonly Fact[] }
  | { readonly kind: 'table'; readonly name: string; readonly table: Table }
  | Chart
  | Images
  | Section

/** Lines in panels; where nothing can be drawn, `numbers` stand for them. */
export interface Chart {
  readonly kind: 'chart'
  readonly name: string
  readonly caption: string
  readonly panels: readonly ChartPanel[]
  readonly numbers?: Table
}

/** Lines over an axis that begins at 0; their heights are shares from 0 to 1. */
export interface ChartPanel {
  readonly title: string
  readonly xTitle: string
  /** The largest number of the x-axis. */
  readonly xEnd: number
  /** Whether it is on the left, and 0 on the right. */
  readonly xFalls?: boolean
  readonly yTitle: string
  readonly lines: readonly {
    readonly name: string
    readonly points: readonly (readonly [number, number])[]
  }[]
  /** Draws the diagonal: chance, or perfect calibration. */
  readonly diagonal?: boolean
  /** What it shows, in words. */
  readonly summary: string
}

/** Images of the data, those that belong together side by side; as text, `numbers` stand for them. */
export interface Images {
  readonly kind: 'images'
  readonly name: string
  readonly groups: readonly { readonly images: readonly ImageOf[]; readonly caption: string }[]
  readonly numbers?: Table
}

/** One result, as the command line, reports and the studio show it: the same words and numbers in the same order. */
export interface Section {
  readonly kind: 'section'
  readonly name: string
  readonly title: string
  readonly blocks: readonly Block[]
}

export function section(name: string, title: string, blocks: readonly Block[]): Section {
  return { kind: 'section', name, title, blocks }
}

export function text(text: string): Block {
  return { kind: 'text', text }
}

export function note(text: string): Block {
  return { kind: 'note', text }
}

export function tableBlock(name: string, table: Table): Block {
  return { kind: 'table', name, table }
}
