import { count } from '../../../src/base/text.ts'
import type { Inspected } from '../../../src/insight/explain/asked-model.ts'
import { short } from '../parts/format.ts'

const ROW = 32
/** Where the layers' dots are. */
const AXIS = 34

/** The network from the image down: what each layer reads is a line beside it, what it costs a bar. */
export function GraphTable({
  inspected: { inputShape, layers },
  chosen,
  onChoose,
}: {
  readonly inspected: Inspected
  readonly chosen: string
  readonly onChoose: (name: string) => void
}) {
  const mostAdds = Math.max(1, ...layers.map(({ multiplyAdds }) => multiplyAdds))
  const mostParameters = Math.max(1, ...layers.map(({ parameterCount }) => parameterCount))
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached with keys.
    <section className="graph" tabIndex={0} aria-label="The graph of the network">
      <Lines
        names={['input', ...layers.map(({ name }) => name)]}
        reads={layers.map(({ inputs }) => inputs)}
      />
      <table>
        <thead>
          <tr>
            <th scope="col">Layer</th>
            <th scope="col" className="type">
              Type
            </th>
            <th scope="col">Output</th>
            {['Parameters', 'Multiply-adds', 'Sees'].map(title => (
              <th scope="col" className="number" key={title}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <tr>
            <th scope="row">input</th>
            <td className="quiet type">image</td>
            <td>{inputShape.join(' × ')}</td>
            <td colSpan={3} />
          </tr>
          {layers.map(layer => (
            <tr key={layer.name} data-chosen={layer.name === chosen}>
              <th scope="row">
                <button
                  type="button"
                  className="plain"
                  aria-pressed={layer.name === chosen}
                  onClick={() => onChoose(layer.name)}
                >
                  {layer.name}
                </button>
              </th>
              <td className="quiet type" title={layer.described}>
                {layer.className}
                {layer.described && ` · ${layer.described}`}
              </td>
              <td>{layer.outputShape.join(' × ')}</td>
              <Cost value={layer.parameterCount} most={mostParameters} text={count(layer.parameterCount)} />
              <Cost value={layer.multiplyAdds} most={mostAdds} text={short(layer.multiplyAdds)} />
              <td className="number">{layer.receptiveField.join(' × ')}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

function Cost({
  value,
  most,
  text,
}: {
  readonly value: number
  readonly most: number
  readonly text: string
}) {
  return (
    <td className="number cost">
      {value > 0 && <span className="cost-bar" style={{ width: `${(100 * value) / most}%` }} />}
      {value === 0 ? '–' : text}
    </td>
  )
}

/** A dot for each row, and a line from each to those that read it: straight to the next, around what lies between. */
function Lines({
  names,
  reads,
}: {
  readonly names: readonly string[]
  readonly reads: readonly (readonly string[])[]
}) {
  const y = (row: number): number => ROW * row + ROW / 2
  const edges = reads.flatMap((inputs, i) => inputs.map(name => [names.indexOf(name), i + 1] as const))
  return (
    <svg className="graph-lines" width={AXIS + 6} height={ROW * names.length} aria-hidden="true">
      {edges.map(([from, to]) =>
        to === from + 1 ? (
          <path key={`${from} ${to}`} d={`M${AXIS} ${y(from)}V${y(to)}`} />
        ) : (
          <path
            key={`${from} ${to}`}
            className="around"
            d={`M${AXIS} ${y(from)}C${bulge(to - from)} ${y(from) + ROW} ${bulge(to - from)} ${y(to) - ROW} ${AXIS} ${y(to)}`}
          />
        ),
      )}
      {names.map((name, i) => (
        <circle key={name} cx={AXIS} cy={y(i)} r={3.5} />
      ))}
    </svg>
  )
}

/** The longer a way around, the farther out. */
const bulge = (rows: number): number => Math.max(-6, AXIS - 12 - 5 * rows)
