import { count, percent } from '../../../src/base/text.ts'
import type { ModelEvaluation } from '../../../src/protocol/evaluation.ts'

const area = (value: number | null): string => (value === null ? 'n/a' : value.toFixed(3))

/** Every class by itself; one of them can be made to stand out in the curves. */
export function ClassTable({
  evaluation: { report, classes },
  chosen,
  onChoose,
}: {
  readonly evaluation: ModelEvaluation
  readonly chosen: number | null
  readonly onChoose: (index: number | null) => void
}) {
  return (
    <div className="wide">
      <table className="plain-table numbers named">
        <thead>
          <tr>
            {[
              'Class',
              'Recall',
              'Precision',
              'F1',
              'Images',
              'ROC area',
              'Average precision',
              'Against the rest',
            ].map(name => (
              <th scope="col" key={name}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {report.classes.map(({ name, recall, precision, f1Score, support }, k) => (
            <tr key={name} className={k === chosen ? 'on' : undefined}>
              <th scope="row">
                <button
                  type="button"
                  className="plain"
                  aria-pressed={k === chosen}
                  onClick={() => onChoose(k === chosen ? null : k)}
                >
                  {name}
                </button>
              </th>
              <td>{support === 0 ? 'n/a' : percent(recall, 1)}</td>
              <td>{percent(precision, 1)}</td>
              <td>{percent(f1Score, 1)}</td>
              <td>{count(support)}</td>
              <td>{area(classes[k]!.rocArea)}</td>
              <td>{area(classes[k]!.averagePrecision)}</td>
              <td className="quiet">{percent(classes[k]!.accuracy, 1)}</td>
            </tr>
          ))}
          <tr>
            <th scope="row">Mean</th>
            <td>{percent(report.macroAverage.recall, 1)}</td>
            <td>{percent(report.macroAverage.precision, 1)}</td>
            <td>{percent(report.macroAverage.f1Score, 1)}</td>
            <td>{count(report.support)}</td>
            <td />
            <td />
            <td />
          </tr>
        </tbody>
      </table>
    </div>
  )
}
