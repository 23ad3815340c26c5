import { useState } from 'react'
import { percent } from '../../../src/base/text.ts'
import { MANY_CLASSES } from '../../../src/protocol/evaluation.ts'
import { BarList } from './bar-list.tsx'
import { ClassSearch, classesFound } from './class-search.tsx'

/** How many of many classes come first, and how many each click adds. */
const [FIRST, MORE] = [5, 20]

/**
 * What the network gives each class; choosing one shows the evidence for it. If there are many classes, the first five come from the most
 * probable on, and you find the others by their names.
 */
export function Outputs({
  classNames,
  outputs,
  predicted,
  explained,
  onExplain,
}: {
  readonly classNames: readonly string[]
  /** `null`: not asked yet. */
  readonly outputs: readonly number[] | null
  readonly predicted: number | null
  readonly explained: number | null
  readonly onExplain: (index: number) => void
}) {
  const [limit, setLimit] = useState(FIRST)
  const [text, setText] = useState('')
  const isShare = outputs?.every(value => value >= 0 && value <= 1) ?? true
  const most = outputs ? outputs.reduce((top, value) => Math.max(top, Math.abs(value)), isShare ? 1 : 0) : 1
  const names = outputs ? outputs.map((_, k) => classNames[k] ?? `Output ${k}`) : classNames
  const isMany = names.length > MANY_CLASSES
  const shown = isMany ? shownOf(names, { outputs, explained, limit, text }) : [...names.keys()]
  const items = shown.map(k => {
    const value = outputs?.[k]
    return {
      name: names[k]!,
      share: value === undefined ? 0 : Math.abs(value) / most,
      text: value === undefined ? '–' : isShare ? percent(value, 1) : value.toFixed(3),
      isPressed: k === explained,
      isMarked: k === predicted,
      onPress: () => onExplain(k),
    }
  })
  const label = isShare ? 'Probabilities' : 'Outputs'
  return (
    <div className="outputs" data-many={isMany}>
      {isMany && <ClassSearch text={text} of={names.length} onChange={setText} />}
      <BarList items={items} label={label} disabled={!outputs} />
      {isMany && text.trim() !== '' && shown.length === 0 && <p className="quiet">No class has this name.</p>}
      {isMany && text.trim() === '' && limit < names.length && (
        <button type="button" className="plain" onClick={() => setLimit(limit + MORE)}>
          Show {Math.min(MORE, names.length - limit)} more
        </button>
      )}
    </div>
  )
}

/** The most probable classes and the one that is explained, or those whose names have a text. */
function shownOf(
  names: readonly string[],
  {
    outputs,
    explained,
    limit,
    text,
  }: {
    readonly outputs: readonly number[] | null
    readonly explained: number | null
    readonly limit: number
    readonly text: string
  },
): readonly number[] {
  const found = classesFound(text, names, MORE)
  if (found) return found
  const classes = [...names.keys()]
  const top = (outputs ? classes.sort((a, b) => outputs[b]! - outputs[a]!) : classes).slice(0, limit)
  return explained === null || top.includes(explained) ? top : [...top, explained]
}
