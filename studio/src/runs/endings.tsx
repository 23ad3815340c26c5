import { useEffect, useRef } from 'react'
import { measuredText, measureOf } from '../../../src/protocol/metric.ts'
import type { RunRow } from '../../../src/protocol/studio.ts'
import { useCommands } from '../commands/commands.ts'
import { notice } from '../parts/notices.tsx'
import { go } from '../router.tsx'
import { useRuns } from '../stream/stream.ts'

/** Says when a run ends: in the page, and to the desktop where that was allowed and the page is not looked at. */
export function Endings() {
  const { rows, metrics } = useRuns()
  const running = useRef<ReadonlySet<string>>(new Set())
  useEffect(() => {
    if (rows === null) return
    const ended = rows.filter(({ id, status }) => status !== 'running' && running.current.has(id))
    running.current = new Set(rows.filter(({ status }) => status === 'running').map(({ id }) => id))
    const accuracy = metrics.find(({ name }) => name === 'accuracy')
    for (const row of ended) {
      const measured =
        accuracy &&
        (['test', 'validation'] as const)
          .map(side => measureOf(accuracy, side))
          .find(({ name }) => row.metrics[name] !== undefined)
      const result = measured && `, ${measured.label} ${measuredText(measured, row.metrics[measured.name])}`
      tell(row, `${titled(row)} ${row.status}${row.reason === null ? (result ?? '') : `: ${row.reason}`}`)
    }
  }, [rows, metrics])
  useCommands(
    'Notification' in globalThis && Notification.permission === 'default'
      ? [
          {
            name: 'Notify me on the desktop when a run ends',
            run: () => void Notification.requestPermission(),
          },
        ]
      : [],
  )
  return null
}

/** A run in a few words, by which you know it among others. */
export function titled({ name, model, seed }: Pick<RunRow, 'name' | 'model' | 'seed'>): string {
  return name || `${model} seed ${seed}`
}

function tell({ id, status }: RunRow, text: string): void {
  const open = (): void => go(`/runs/${id}`)
  notice({ text, action: { name: 'Open', run: open }, isProblem: status === 'failed' })
  if (!('Notification' in globalThis) || Notification.permission !== 'granted' || !document.hidden) return
  // The tag makes one of those of several tabs.
  const shown = new Notification('Heddle', { body: text, tag: id })
  shown.onclick = () => {
    window.focus()
    open()
  }
}
