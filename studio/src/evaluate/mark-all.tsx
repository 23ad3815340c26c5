import { useState } from 'react'
import { plural } from '../../../src/base/text.ts'
import { ask } from '../parts/ask.tsx'
import { Choice } from '../parts/controls.tsx'
import type { Marks } from './use-marks.ts'

/** One label for all images that are shown. */
export function MarkAll({
  marks,
  indices,
  what,
}: {
  readonly marks: Marks
  readonly indices: readonly number[]
  /** What they are, in words. */
  readonly what: string
}) {
  const [label, setLabel] = useState(marks.classNames[0]!)
  const mark = async (): Promise<void> => {
    const text = `Mark ${plural(indices.length, 'image')} (${what}) as ${label}? Corrections are kept beside the runs; the data is not changed.`
    if (await ask({ text, yes: `Mark as ${label}` })) marks.markAll(indices, label)
  }
  return (
    <div className="strip">
      <label>
        <span>All {indices.length} should be</span>{' '}
        <Choice of={marks.classNames} value={label} onChange={setLabel} />
      </label>
      <button type="button" onClick={() => void mark()}>
        Mark all
      </button>
    </div>
  )
}
