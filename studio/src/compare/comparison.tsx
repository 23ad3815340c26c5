import { useState } from 'react'
import type { Comparison } from '../../../src/protocol/comparison.ts'
import { classesTable, comparisonSection } from '../../../src/show/comparison-section.ts'
import { BlockView, SectionView } from '../parts/section-view.tsx'
import { TableView } from '../parts/table-view.tsx'
import { CostPlot } from './cost-plot.tsx'

/** Which model is better, and how sure that is. */
export function ComparisonPage({ comparison }: { readonly comparison: Comparison }) {
  return (
    <SectionView
      section={comparisonSection(comparison)}
      instead={{
        pairs: block => (
          <div className="compare-columns">
            <BlockView block={block} />
            <CostPlot comparison={comparison} />
          </div>
        ),
        recalls: () => <Recalls effects={comparison.classEffects} />,
      }}
    />
  )
}

/** Every class of one pair of models. */
function Recalls({ effects }: { readonly effects: Comparison['classEffects'] }) {
  const [chosen, setChosen] = useState(0)
  const effect = effects[chosen] ?? effects[0]
  if (!effect) return null
  return (
    <>
      {effects.length > 1 && (
        <select
          aria-label="Which pair"
          value={chosen}
          onChange={event => setChosen(Number(event.target.value))}
        >
          {effects.map(({ first, second }, i) => (
            <option key={second} value={i}>
              {second} against {first}
            </option>
          ))}
        </select>
      )}
      <TableView table={classesTable([effect])} />
    </>
  )
}
