import { integer, parseOptions } from '../../base/schema.ts'
import { plural } from '../../base/text.ts'
import type { RubricLine } from '../../protocol/publication.ts'
import { wordsIn } from '../document/prose.ts'
import type { HandInReport } from './report.ts'

/** What a course asks of a report; each is a number that must be reached. */
const rubricFields = {
  /** Models that are compared. Default 2. */
  models: integer(2),
  figures: integer(6),
  tables: integer(3),
  references: integer(3),
  /** Words of your own in the introduction, and as many in the discussion. Default 50. */
  words: integer(50),
}

export type Rubric = { readonly [K in keyof typeof rubricFields]: number }

/** Reads a rubric, which may be a file of a course; what it leaves out has its default. */
export function rubricOf(value: unknown): Rubric {
  return parseOptions('The rubric', rubricFields, value)
}

/** Chapters that every report of a course has. */
const required = ['Abstract', 'Introduction', 'Data', 'Methods', 'Results', 'Discussion', 'References']
const ownWords = ['Introduction', 'Discussion']

/** Goes through what a course asks for. */
export function checkRubric(
  { document, text, references }: HandInReport,
  { rubric, models }: { readonly rubric: Rubric; readonly models: number },
): RubricLine[] {
  const titles = document.chapters.map(({ title }) => title)
  const parts = document.chapters.flatMap(chapter => chapter.parts)
  const countOf = (kind: string): number => parts.filter(part => part.kind === kind).length
  const line = (requirement: string, found: string, isMet: boolean): RubricLine => ({
    requirement,
    found,
    isMet,
  })
  const atLeast = (noun: string, least: number, found: number): RubricLine =>
    line(`at least ${plural(least, noun)}`, plural(found, noun), found >= least)
  return [
    line('an author', document.author ?? 'none: add --author', document.author !== null),
    ...required.map(title =>
      line(`a chapter “${title}”`, titles.includes(title) ? 'there' : 'missing', titles.includes(title)),
    ),
    ...ownWords.map(chapter => {
      const words = wordsIn(text.of(chapter))
      return line(
        `at least ${plural(rubric.words, 'word')} of your own under “${chapter}”`,
        words === 0 ? `none: write them below "# ${chapter}" in the file of --text` : plural(words, 'word'),
        words >= rubric.words,
      )
    }),
    atLeast('model', rubric.models, models),
    atLeast('figure', rubric.figures, countOf('figure')),
    atLeast('table', rubric.tables, countOf('table')),
    atLeast('reference', rubric.references, references),
  ]
}
