import type { ModelEvaluation } from '../../../src/protocol/evaluation.ts'
import { count, percent } from '../parts/format.ts'
import { setQuery } from '../router.tsx'

/** What each class is worth; choosing one shows its curves. */
export function ClassTable({
  evaluation: { report, classes },
  chosen,
}: {
  readonly evaluation: ModelEvaluation
  readonly chosen: number | null
}) {
  const least = Math.min(...report.classes.map(({ f1Score }) => f1Score))
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached with keys.
    <section className="class-table" tabIndex={0} aria-label="Per class">
      <table>
        <thead>
          <tr>
            {['Class', 'Images', 'Precision', 'Recall', 'F1', 'ROC area', 'Average precision'].map(title => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {report.classes.map(({ name, support, precision, recall, f1Score }, k) => (
            <tr key={name} data-chosen={k === chosen}>
              <th scope="row">
                <button
                  type="button"
                  className="plain"
                  aria-pressed={k === chosen}
                  onClick={() => setQuery({ curve: k === chosen ? undefined : name })}
                >
                  {name}
                </button>
              </th>
              <td>{count(support)}</td>
              <td>{percent(precision, 1)}</td>
              <td>{percent(recall, 1)}</td>
              <td data-least={f1Score === least}>{percent(f1Score, 1)}</td>
              <td>{classes[k]!.rocArea.toFixed(4)}</td>
              <td>{classes[k]!.averagePrecision.toFixed(4)}</td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">Mean</th>
            <td>{count(report.support)}</td>
            <td>{percent(report.macroAverage.precision, 1)}</td>
            <td>{percent(report.macroAverage.recall, 1)}</td>
            <td>{percent(report.macroAverage.f1Score, 1)}</td>
            <td />
            <td />
          </tr>
        </tfoot>
      </table>
    </section>
  )
}
