import { useState } from 'react'
import { plural } from '../../../src/base/text.ts'
import { MANY_CLASSES, type ModelEvaluation } from '../../../src/protocol/evaluation.ts'
import type { Chart, Section } from '../../../src/protocol/section.ts'
import { classesTable, shownClasses } from '../../../src/show/evaluation-section.ts'
import { ChartView } from '../charts/chart-view.tsx'
import { ClassSearch, classesFound } from '../parts/class-search.tsx'
import { TableView } from '../parts/table-view.tsx'

const MOST_FOUND = 20

/** Every class by itself, the worst and the best of many; one of them can be made to stand out in the curves. */
export function Classes({
  evaluation,
  section,
}: {
  readonly evaluation: ModelEvaluation
  readonly section: Section
}) {
  const [chosen, setChosen] = useState<string | null>(null)
  const [text, setText] = useState('')
  const { classNames, classes } = evaluation
  const curves = section.blocks.find((block): block is Chart => block.kind === 'chart')!
  const found = classesFound(text, classNames, MOST_FOUND)
  const indices = found ?? shownClasses(classes).indices
  const isMany = classNames.length > MANY_CLASSES
  return (
    <section aria-label={section.title} className="columns evaluate-columns">
      <div className="card">
        {isMany && (
          <header className="card-head">
            <h2>{found ? plural(found.length, 'class', 'classes') : 'The worst and the best classes'}</h2>
            <ClassSearch
              text={text}
              of={classNames.length}
              label="Find a class in the table"
              onChange={setText}
            />
          </header>
        )}
        <TableView
          table={classesTable(evaluation, indices)}
          pick={{
            canPick: (row, column) => column === 0 && row < indices.length,
            isChosen: row => indices[row] !== undefined && classNames[indices[row]] === chosen,
            onPick: row => {
              const name = classNames[indices[row]!]!
              setChosen(name === chosen ? null : name)
            },
          }}
        />
      </div>
      <ChartView block={curves} chosen={chosen} />
    </section>
  )
}
