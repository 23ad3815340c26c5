import { type Prose, plainText, proseOf } from '../document/prose.ts'

/** What the author wrote, by the chapter that it belongs to. */
export interface AuthorText {
  readonly of: (chapter: string) => readonly Prose[]
  /** Chapters of the author's own, with their titles. */
  readonly others: readonly { readonly title: string; readonly prose: readonly Prose[] }[]
}

/** The chapters that a report has, and what else authors call them. */
const known: Readonly<Record<string, string>> = {
  abstract: 'Abstract',
  summary: 'Abstract',
  introduction: 'Introduction',
  data: 'Data',
  dataset: 'Data',
  methods: 'Methods',
  method: 'Methods',
  models: 'Methods',
  results: 'Results',
  discussion: 'Discussion',
  conclusion: 'Discussion',
  conclusions: 'Discussion',
  references: 'References',
}

/**
 * Markdown whose first-level headings name chapters of the report: what is below `# Introduction` begins its introduction. What stands
 * before any heading belongs to the introduction, too; other headings are chapters of their own.
 *
 * @example
 * authorText('Why.\n\n# Discussion\nBecause.').of('Discussion').length // 1
 */
export function authorText(markdown: string): AuthorText {
  const chapters = new Map<string, Prose[]>([['Introduction', []]])
  const others = new Set<string>()
  let current = 'Introduction'
  for (const block of proseOf(markdown)) {
    if (block.kind === 'heading' && block.level === 1) {
      const title = plainText(block.inlines).trim()
      const chapter = known[title.toLowerCase()]
      if (chapter === undefined) others.add(title)
      current = chapter ?? title
      if (!chapters.has(current)) chapters.set(current, [])
    } else chapters.get(current)!.push(block)
  }
  return {
    of: chapter => chapters.get(chapter) ?? [],
    others: [...others].map(title => ({ title, prose: chapters.get(title)! })),
  }
}
