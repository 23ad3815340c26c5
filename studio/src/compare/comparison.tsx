import { useState } from 'react'
import { count, decimal, percent, plural, points } from '../../../src/base/text.ts'
import {
  type ComparedModel,
  type Comparison,
  LEVEL,
  type ModelComparison,
  pText,
} from '../../../src/protocol/comparison.ts'
import { duration, short } from '../parts/format.ts'
import { Warnings } from '../parts/messages.tsx'
import { Link } from '../router.tsx'
import { CostPlot } from './cost-plot.tsx'
import { Forest, pointsApart, reachOf } from './forest.tsx'

/** Which model is better, and how sure that is. */
export function ComparisonPage({ comparison }: { readonly comparison: Comparison }) {
  const { verdict, models, pairs, classEffects, warnings, looks, images, dataset } = comparison
  return (
    <>
      <section aria-label="Verdict">
        <p className="verdict">{verdict}</p>
        <p className="quiet">
          {count(images)} test images of {dataset}, looked at {plural(looks.total, 'time')} in this store: the
          more often, the less they can tell.
        </p>
      </section>
      <Warnings warnings={warnings} />
      <Models models={models} comparison={comparison} />
      <div className="compare-columns">
        <Pairs pairs={pairs} />
        <CostPlot comparison={comparison} />
      </div>
      <ClassEffects effects={classEffects} />
    </>
  )
}

function Models({
  models,
  comparison,
}: {
  readonly models: readonly ComparedModel[]
  readonly comparison: Comparison
}) {
  const isBest = (name: string): boolean =>
    models.every(({ accuracy }) => accuracy.mean <= models.find(model => model.name === name)!.accuracy.mean)
  return (
    <section aria-label="Models" className="wide">
      <table className="plain-table numbers named">
        <thead>
          <tr>
            {['Model', 'Test accuracy', 'Seeds', 'Parameters', 'Multiply-adds', 'Training', 'One image'].map(
              name => (
                <th scope="col" key={name}>
                  {name}
                </th>
              ),
            )}
          </tr>
        </thead>
        <tbody>
          {models.map(({ name, accuracy, runs, cost }) => (
            <tr key={name}>
              <th scope="row">
                {name} {isBest(name) && <span className="tag">highest</span>}
                {comparison.pareto.params.includes(name) && (
                  <span className="tag">none smaller is better</span>
                )}
              </th>
              <td>
                {percent(accuracy.mean)}
                {accuracy.n > 1 && ` ± ${points(accuracy.std)}`}
              </td>
              <td>
                {runs.map(({ id, seed }, i) => (
                  <span key={id}>
                    {i > 0 && ', '}
                    <Link href={`/runs/${id}`}>{seed}</Link>
                  </span>
                ))}
              </td>
              <td>{count(cost.params)}</td>
              <td>{short(cost.multiplyAdds)}</td>
              <td>{duration(cost.trainSeconds)}</td>
              <td>{decimal(cost.latencyMs, 2)} ms</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

function Pairs({ pairs }: { readonly pairs: readonly ModelComparison[] }) {
  const reach = reachOf(pairs.map(({ interval }) => interval))
  return (
    <section aria-label="Differences" className="wide">
      <h2>Differences in accuracy, in percentage points</h2>
      <table className="plain-table numbers named">
        <thead>
          <tr>
            <th scope="col">Second less first</th>
            <th scope="col">Difference</th>
            <th scope="col">95 % interval</th>
            <th scope="col" className="plot">
              <span className="quiet">±{points(reach, 1)}</span>
            </th>
            <th scope="col">p</th>
            <th scope="col">Verdict</th>
          </tr>
        </thead>
        <tbody>
          {pairs.map(pair => (
            <Pair key={`${pair.first} ${pair.second}`} pair={pair} reach={reach} />
          ))}
        </tbody>
      </table>
    </section>
  )
}

function Pair({ pair, reach }: { readonly pair: ModelComparison; readonly reach: number }) {
  const { first, second, difference, interval, correctedP, verdict, seedsNeeded, detectable, discordance } =
    pair
  const more =
    verdict !== 'no evidence'
      ? ''
      : seedsNeeded === null
        ? `${points(detectable, 1)} points would show`
        : seedsNeeded.most === null
          ? `at least ${count(seedsNeeded.least)} seeds each are needed`
          : `${count(seedsNeeded.least)} to ${count(seedsNeeded.most)} seeds each would show it`
  return (
    <tr>
      <th scope="row">
        {second} <span className="quiet">less</span> {first}
      </th>
      <td>{pointsApart(difference)}</td>
      <td>
        {pointsApart(interval[0])} to {pointsApart(interval[1])}
      </td>
      <td className="plot">
        <Forest
          value={difference}
          interval={interval}
          reach={reach}
          label={`${pointsApart(difference)} points, between ${pointsApart(interval[0])} and ${pointsApart(interval[1])}`}
        />
      </td>
      <td>{pText(correctedP)}</td>
      <td className="left">
        <strong className={`verdict-${verdict.replace(' ', '-')}`}>{verdict}</strong>
        {discordance && (
          <span className="quiet">
            {' '}
            · right alone: {discordance.onlyFirst} and {discordance.onlySecond}
          </span>
        )}
        {more && <span className="quiet"> · {more}</span>}
      </td>
    </tr>
  )
}

function ClassEffects({ effects }: { readonly effects: Comparison['classEffects'] }) {
  const [chosen, setChosen] = useState(0)
  const effect = effects[chosen] ?? effects[0]
  if (!effect) return null
  const reach = reachOf(effect.classes.map(({ interval }) => interval))
  return (
    <section aria-label="By class" className="wide">
      <h2>
        Recall by class:{' '}
        {effects.length > 1 ? (
          <select
            aria-label="Which pair"
            value={chosen}
            onChange={event => setChosen(Number(event.target.value))}
          >
            {effects.map(({ first, second }, i) => (
              <option key={second} value={i}>
                {second} less {first}
              </option>
            ))}
          </select>
        ) : (
          `${effect.second} less ${effect.first}`
        )}
      </h2>
      <table className="plain-table numbers named">
        <thead>
          <tr>
            <th scope="col">Class</th>
            <th scope="col">Difference</th>
            <th scope="col">95 % interval</th>
            <th scope="col" className="plot">
              <span className="quiet">±{points(reach, 1)}</span>
            </th>
            <th scope="col">p</th>
            <th scope="col">Images</th>
          </tr>
        </thead>
        <tbody>
          {effect.classes.map(({ name, difference, interval, correctedP, examples }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>{pointsApart(difference)}</td>
              <td>
                {pointsApart(interval[0])} to {pointsApart(interval[1])}
              </td>
              <td className="plot">
                <Forest
                  value={difference}
                  interval={interval}
                  reach={reach}
                  label={`${name}: ${pointsApart(difference)} points`}
                />
              </td>
              <td className={correctedP < LEVEL ? 'sure' : 'quiet'}>{pText(correctedP)}</td>
              <td>{count(examples)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
