import { sum } from '../../../src/base/maths.ts'
import { count } from '../../../src/base/text.ts'
import { type BarItem, BarList } from '../parts/bar-list.tsx'

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
  const most = Math.max(1, ...(counts ?? []))
  const item = (name: string, k: number | null, n: number | undefined): BarItem => ({
    name,
    share: k === null ? 0 : (n ?? 0) / most,
    text: n === undefined ? '–' : count(n),
    isPressed: chosen === k,
    isMarked: chosen === k,
    onPress: () => onChoose(k),
  })
  const all = item('All classes', null, counts ? sum(counts) : undefined)
  return (
    <BarList
      label="Images by class"
      items={[all, ...classNames.map((name, k) => item(name, k, counts?.[k]))]}
    />
  )
}
