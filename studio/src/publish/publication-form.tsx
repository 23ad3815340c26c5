import { type FormEvent, useState } from 'react'
import {
  type CitationStyle,
  citationStyles,
  figureFormats,
  reportFormats,
} from '../../../src/protocol/publication.ts'
import { Segmented } from '../design/segmented.tsx'
import { Check } from '../parts/controls.tsx'
import { Problem } from '../parts/messages.tsx'

const kinds = { figures: 'Figures', report: 'Report' } as const
type Kind = keyof typeof kinds

/** What is made: everything that the server asks for but the runs. */
export type Chosen = Readonly<Record<string, unknown>>

const formatNames: Readonly<Record<string, string>> = {
  svg: 'SVG',
  png: 'PNG',
  pdf: 'PDF',
  html: 'HTML',
  markdown: 'Markdown',
}
const styleNames: Readonly<Record<CitationStyle, string>> = { apa: 'APA', ieee: 'IEEE', mla: 'MLA' }

/** The choices of `heddle figures` and `heddle report`. */
export function PublicationForm({
  isBusy,
  title,
  onMake,
}: {
  readonly isBusy: boolean
  /** Where no title is given. */
  readonly title: string
  readonly onMake: (chosen: Chosen) => void
}) {
  const [what, setWhat] = useState<Kind>('figures')
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set())
  const [style, setStyle] = useState<CitationStyle>('apa')
  const [robustness, setRobustness] = useState(false)
  const [audit, setAudit] = useState(false)
  const [rubric, setRubric] = useState<Rubric>(NO_RUBRIC)
  const all: readonly string[] = what === 'figures' ? figureFormats : reportFormats
  const formats = all.filter(format => !left.has(`${what} ${format}`))
  const toggle = (format: string): void => {
    const next = new Set(left)
    if (!next.delete(`${what} ${format}`)) next.add(`${what} ${format}`)
    setLeft(next)
  }
  const send = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const texts = ['title', 'author', 'affiliation', 'words'].map(
      name => [name, String(form.get(name) ?? '').trim() || null] as const,
    )
    onMake({
      ...{ what, formats, robustness, audit, citationStyle: style, rubric: rubric.value },
      ...Object.fromEntries(texts),
    })
  }
  return (
    <form className="stack" onSubmit={send}>
      <div className="strip">
        <Segmented label="What to make" of={kinds} value={what} onChange={setWhat} />
        {all.map(format => (
          <Check key={format} checked={formats.includes(format)} onChange={() => toggle(format)}>
            {formatNames[format]}
          </Check>
        ))}
      </div>
      {what === 'report' && (
        <div className="publish-fields">
          <Text name="title" label="Title" placeholder={title} />
          <Text name="author" label="Author" />
          <Text name="affiliation" label="Course or university" />
          <Segmented
            label="Citations"
            isLabelShown
            of={styleNames}
            value={citationStyles.includes(style) ? style : 'apa'}
            onChange={setStyle}
          />
          <label className="field publish-words">
            <span>
              Your own words, as Markdown: below “# Introduction”, “# Discussion” and other chapters
            </span>
            <textarea name="words" rows={6} placeholder={'# Introduction\n\nWe ask whether …'} />
          </label>
          <label className="field publish-words">
            <span>
              A course’s own rubric, a JSON file such as{' '}
              <code>{'{"models": 3, "figures": 5, "words": 100}'}</code>
            </span>
            <input
              type="file"
              accept=".json,application/json"
              onChange={event => void readRubric(event.target.files?.[0]).then(setRubric)}
            />
          </label>
          <Problem error={rubric.error} />
        </div>
      )}
      <div className="strip">
        <Check checked={robustness} onChange={setRobustness}>
          Distort the test images (thirty times the work)
        </Check>
        {what === 'report' && (
          <Check checked={audit} onChange={setAudit}>
            Audit the data (a minute for Fashion-MNIST)
          </Check>
        )}
      </div>
      <p>
        <button
          type="submit"
          className="main"
          disabled={isBusy || formats.length === 0 || rubric.error !== null}
        >
          {what === 'figures' ? 'Make the figures' : 'Write the report'}
        </button>
      </p>
    </form>
  )
}

interface Rubric {
  /** `null`: the usual one. */
  readonly value: unknown
  readonly error: Error | null
}

const NO_RUBRIC: Rubric = { value: null, error: null }

/** What it asks for is checked where reports are written. */
async function readRubric(file: File | undefined): Promise<Rubric> {
  if (!file) return NO_RUBRIC
  try {
    return { value: JSON.parse(await file.text()), error: null }
  } catch {
    return { value: null, error: new Error(`${file.name} is not JSON: choose another file, or mend it.`) }
  }
}

function Text({
  name,
  label,
  placeholder,
}: {
  readonly name: string
  readonly label: string
  readonly placeholder?: string
}) {
  return (
    <label className="field">
      <span>{label}</span>
      <input name={name} placeholder={placeholder} maxLength={300} autoComplete="off" />
    </label>
  )
}
