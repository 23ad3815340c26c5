/** The files of each figure. */
export const figureFormats = ['svg', 'png', 'pdf'] as const
export type FigureFormat = (typeof figureFormats)[number]

/** What a report can be written as. */
export const reportFormats = ['html', 'pdf', 'markdown'] as const
export type ReportFormat = (typeof reportFormats)[number]

/** How sources are cited. */
export const citationStyles = ['apa', 'ieee', 'mla'] as const
export type CitationStyle = (typeof citationStyles)[number]

/** Whether a report meets one requirement of a course. */
export interface RubricLine {
  readonly requirement: string
  readonly found: string
  readonly isMet: boolean
}

/** An archive of figures or of a report that was written. */
export interface Published {
  readonly files: readonly string[]
  readonly bytes: number
  /** `null`: there are figures alone. */
  readonly rubric: readonly RubricLine[] | null
}
