import { useEffect, useState } from 'react'
import type { DataPage, LabelCorrections, Split } from '../../../src/protocol/data.ts'
import { correct, correctAll } from '../data/images.ts'
import { notice } from '../parts/notices.tsx'
import { useGet } from '../parts/use-get.ts'

/** The labels that a run's images should have, and how they are marked. */
export interface Marks {
  readonly classNames: readonly string[]
  /** By the number of the image, only where the label is wrong. */
  readonly marked: Readonly<Record<string, string>>
  readonly count: number
  /** `was`: what it should be as the page shows it. */
  readonly mark: (index: number, label: string, was: string) => void
  readonly markAll: (indices: readonly number[], label: string) => void
}

/** Keys are faster than answers: what was chosen is shown at once, and taken back with a notice if it is refused. */
export function useMarks(run: string, split: Split = 'test'): Marks | null {
  const name = `run:${run}`
  const { data, reload } = useGet<DataPage>(`/data/${encodeURIComponent(name)}`)
  const [own, setOwn] = useState<LabelCorrections | null>(null)
  useEffect(() => {
    // Another tab, or another person, may have marked some meanwhile.
    const onFocus = (): void => {
      setOwn(null)
      reload()
    }
    window.addEventListener('focus', onFocus)
    return () => window.removeEventListener('focus', onFocus)
  }, [reload])
  if (!data) return null
  const corrections = own ?? data.corrections
  const marked = corrections[split]
  const send = (shown: Readonly<Record<string, string>>, sent: Promise<LabelCorrections>): void => {
    setOwn({ ...corrections, [split]: shown })
    sent.then(setOwn, error => {
      notice({ text: error.message, isProblem: true })
      setOwn(null)
      reload()
    })
  }
  return {
    classNames: data.classNames,
    marked,
    count: Object.keys(corrections.test).length + Object.keys(corrections.train).length,
    mark: (index, label, was) =>
      send({ ...marked, [index]: label }, correct(name, { split, index }, { label, was })),
    markAll: (indices, label) =>
      send(
        { ...marked, ...Object.fromEntries(indices.map(index => [index, label])) },
        correctAll(name, { split, indices }, label),
      ),
  }
}
