import { percent } from '../../../src/base/text.ts'
import { BarList } from './bar-list.tsx'

/** What the network gives each class; choosing one shows the evidence for it. */
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
  const isShare = outputs?.every(value => value >= 0 && value <= 1) ?? true
  const most = outputs ? Math.max(...outputs.map(Math.abs), isShare ? 1 : 0) : 1
  const names = outputs ? outputs.map((_, k) => classNames[k] ?? `Output ${k}`) : classNames
  const items = names.map((name, k) => {
    const value = outputs?.[k]
    return {
      name,
      share: value === undefined ? 0 : Math.abs(value) / most,
      text: value === undefined ? '–' : isShare ? percent(value, 1) : value.toFixed(3),
      isPressed: k === explained,
      isMarked: k === predicted,
      onPress: () => onExplain(k),
    }
  })
  return <BarList items={items} label={isShare ? 'Probabilities' : 'Outputs'} disabled={!outputs} />
}
