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
  | { readonly kind: 'facts'; readonly facts: readonly Fact[] }
  | { readonly kind: 'table'; readonly name: string; readonly table: Table }
  | Section

/** One result, as the command line, reports and the studio show it: the same words and numbers in the same order. */
export interface Section {
  readonly kind: 'section'
  readonly name: string
  readonly title: string
  readonly blocks: readonly Block[]
}
