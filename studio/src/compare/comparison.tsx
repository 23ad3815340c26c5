import { useState } from 'react'
import type { Comparison } from '../../../src/protocol/comparison.ts'
import { classesTable, comparisonSection } from '../../../src/show/comparison-section.ts'
import { Choice } from '../parts/controls.tsx'
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
          <div className="columns compare-columns">
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
        <Choice
          label="Which pair"
          of={Object.fromEntries(
            effects.map(({ first, second }, i) => [`${i}`, `${second} against ${first}`]),
          )}
          value={`${chosen}`}
          onChange={i => setChosen(Number(i))}
        />
      )}
      <TableView
        table={classesTable([effect])}
        title={`${effect.second} against ${effect.first}, class by class`}
      />
    </>
  )
}
