import { percent } from '../../../src/base/text.ts'
import type { Importance as Share, StudyView } from '../../../src/protocol/study.ts'
import { Warnings } from '../parts/messages.tsx'

/** How much of the spread of the objective each parameter explains, with its interval. */
export function Importance({
  importance,
  title,
}: {
  readonly importance: StudyView['importance']
  readonly title: string
}) {
  if (!importance) return null
  const { shares, warning } = importance
  const most = Math.max(0.01, ...shares.map(({ high }) => high))
  return (
    <section aria-label="Importance" className="stack close">
      <h2>Importance</h2>
      <p className="measure quiet">
        How much of the differences in {title.toLowerCase()} each parameter explains (PED-ANOVA). The thin
        line is the interval that other trials of the same space would give.
      </p>
      <Warnings warnings={warning ? [warning] : []} />
      <table className="plain-table importance">
        <tbody>
          {[...shares]
            .sort((a, b) => b.share - a.share)
            .map(share => (
              <Bar key={share.parameter} share={share} most={most} />
            ))}
        </tbody>
      </table>
    </section>
  )
}

function Bar({
  share: { parameter, share, low, high },
  most,
}: {
  readonly share: Share
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
