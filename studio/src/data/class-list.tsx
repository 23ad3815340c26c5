import { useState } from 'react'
import { sum } from '../../../src/base/maths.ts'
import { count } from '../../../src/base/text.ts'
import { MANY_CLASSES } from '../../../src/protocol/evaluation.ts'
import { Take } from '../charts/chart-card.tsx'
import { rowsDrawing } from '../charts/figure-options.ts'
import { type BarItem, BarList } from '../parts/bar-list.tsx'
import { ClassSearch, classesFound } from '../parts/class-search.tsx'

const MOST_FOUND = 30

/** How many images each class has; choosing one shows its images alone. */
export function ClassList({
  classNames,
  counts,
  chosen,
  onChoose,
}: {
  readonly classNames: readonly string[]
  /** By class; `null`: not known yet. */
  readonly counts: readonly number[] | null
  readonly chosen: number | null
  readonly onChoose: (index: number | null) => void
}) {
  const [text, setText] = useState('')
  const most = (counts ?? []).reduce((top, n) => Math.max(top, n), 1)
  const item = (name: string, k: number | null, n: number | undefined): BarItem => ({
    name,
    share: k === null ? 0 : (n ?? 0) / most,
    text: n === undefined ? '–' : count(n),
    isPressed: chosen === k,
    isMarked: chosen === k,
    onPress: () => onChoose(k),
  })
  const all = item('All classes', null, counts ? sum(counts) : undefined)
  const isMany = classNames.length > MANY_CLASSES
  const found = classesFound(text, classNames, MOST_FOUND)
  const shown =
    found ?? [...classNames.keys()].slice(0, isMany ? Math.max(MANY_CLASSES, (chosen ?? 0) + 1) : undefined)
  return (
    <>
      {counts && (
        <div className="card-take">
          <Take
            title="Images by class"
            drawing={palette =>
              rowsDrawing(
                classNames.map((name, k) => ({ name, value: counts[k] ?? 0 })),
                { title: 'images', tick: count, palette },
              )
            }
          />
        </div>
      )}
      {isMany && <ClassSearch text={text} of={classNames.length} onChange={setText} />}
      <BarList
        label="Images by class"
        items={[...(found ? [] : [all]), ...shown.map(k => item(classNames[k]!, k, counts?.[k]))]}
      />
      {isMany && !found && (
        <p className="quiet">The first {shown.length} classes: find others by their names.</p>
      )}
    </>
  )
}
