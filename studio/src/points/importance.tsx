import { percent } from '../../../src/base/text.ts'
import type { Importance } from '../../../src/protocol/study.ts'
import { percentTick } from '../charts/chart.tsx'
import { Take } from '../charts/chart-card.tsx'
import { rowsDrawing } from '../charts/figure-options.ts'

/** How much each parameter matters, the most important first; a thin line is the interval. */
export function ImportanceBars({ shares }: { readonly shares: readonly Importance[] }) {
  const most = Math.max(0.01, ...shares.map(({ high }) => high))
  const ordered = [...shares].sort((a, b) => b.share - a.share)
  const rows = ordered.map(({ parameter, share, low, high }) => ({
    name: parameter,
    value: share,
    low,
    high,
  }))
  return (
    <>
      <div className="card-take">
        <Take
          title="Importance"
          drawing={palette => rowsDrawing(rows, { title: 'Importance', tick: percentTick, palette })}
        />
      </div>
      <table className="plain-table importance">
        <tbody>
          {ordered.map(share => (
            <Bar key={share.parameter} share={share} most={most} />
          ))}
        </tbody>
      </table>
    </>
  )
}

function Bar({
  share: { parameter, share, low, high },
  most,
}: {
  readonly share: Importance
  readonly most: number
}) {
  const at = (value: number): number => (100 * Math.max(0, value)) / most
  return (
    <tr>
      <th scope="row">{parameter}</th>
      <td className="number">{percent(share, 0)}</td>
      <td className="number quiet">
        {percent(low, 0)} to {percent(high, 0)}
      </td>
      <td className="share">
        <svg viewBox="0 0 100 12" preserveAspectRatio="none" aria-hidden="true">
          <rect x="0" y="1" width={at(share)} height="10" />
          <line x1={at(low)} x2={at(high)} y1="6" y2="6" />
        </svg>
      </td>
    </tr>
  )
}
