import { type ReactNode, useMemo, useState } from 'react'
import { count } from '../../../src/base/text.ts'
import type { ComparedModel } from '../../../src/protocol/comparison.ts'
import { Skeleton } from '../design/skeleton.tsx'
import { type TestPredictions, usePredictions } from '../evaluate/predictions.ts'
import { TestImages } from '../evaluate/test-images.tsx'
import { Choice } from '../parts/controls.tsx'
import { Problem } from '../parts/messages.tsx'
import { go } from '../router.tsx'

type Outcome = 'onlySecond' | 'onlyFirst' | 'neither' | 'both'

/** Images that one model gets right and another one wrong, each by the run of its first seed. */
export function Disagreements({ models }: { readonly models: readonly ComparedModel[] }) {
  const [pair, setPair] = useState<readonly [number, number]>([0, 1])
  const [outcome, setOutcome] = useState<Outcome>('onlySecond')
  const [first, second] = [models[pair[0]] ?? models[0]!, models[pair[1]] ?? models[1]!]
  const runs = [first.runs[0]!.id, second.runs[0]!.id] as const
  const [one, other] = [usePredictions(runs[0]), usePredictions(runs[1])]
  const found = useMemo(
    () => (one.data && other.data ? outcomesOf(one.data, other.data) : null),
    [one.data, other.data],
  )
  const error = one.error ?? other.error
  if (error) return <Problem error={error} />
  if (!found) return <Skeleton label="Reading predictions …" />
  const names: Readonly<Record<Outcome, string>> = {
    onlySecond: `${second.name} alone is right`,
    onlyFirst: `${first.name} alone is right`,
    neither: 'both are wrong',
    both: 'both are right',
  }
  const shown = outcome === 'onlyFirst' ? second : first
  const all = Object.fromEntries(models.map(({ name }, i) => [`${i}`, name]))
  const choice = (label: string, at: number, onChange: (index: number) => void): ReactNode => (
    <Choice label={label} of={all} value={`${at}`} onChange={i => onChange(Number(i))} />
  )
  return (
    <section className="card disagreements" aria-label="Images">
      <h2>Images</h2>
      {models.length > 2 && (
        <p>
          {choice('First model', pair[0], i => setPair([i, pair[1]]))} and{' '}
          {choice('Second model', pair[1], i => setPair([pair[0], i]))}
        </p>
      )}
      <fieldset className="choice">
        <legend className="unseen">Which images</legend>
        {(Object.keys(names) as Outcome[]).map(key => (
          <label key={key} className="check">
            <input type="radio" name="outcome" checked={outcome === key} onChange={() => setOutcome(key)} />
            {names[key]}: {count(found[key].length)}
          </label>
        ))}
      </fieldset>
      <TestImages
        key={`${outcome} ${runs.join()}`}
        run={shown.runs[0]!.id}
        indices={found[outcome]}
        predictions={(shown === first ? one : other).data!}
        chosen={null}
        label={names[outcome]}
        onChoose={index => go(`/evaluate/${shown.runs[0]!.id}?image=${index}`)}
      />
    </section>
  )
}

function outcomesOf(
  first: TestPredictions,
  second: TestPredictions,
): Readonly<Record<Outcome, readonly number[]>> {
  const found: Record<Outcome, number[]> = { onlyFirst: [], onlySecond: [], neither: [], both: [] }
  first.labels.forEach((label, i) => {
    const [a, b] = [first.predicted[i] === label, second.predicted[i] === label]
    found[a ? (b ? 'both' : 'onlyFirst') : b ? 'onlySecond' : 'neither'].push(i)
  })
  return found
}
