import type { PictureSetPage } from '../../../src/protocol/pictures.ts'

/** What it is exported to, under which name, and how the file ends. */
const FORMATS = [
  ['web', 'as a web page that works offline (.zip)', 'zip'],
  ['keras', 'for Keras (.keras)', 'keras'],
  ['onnx', 'for ONNX (.onnx)', 'onnx'],
  ['tfjs', 'for TensorFlow.js (.zip)', 'zip'],
  ['safetensors', 'for Heddle (.safetensors)', 'safetensors'],
] as const

/** The pictures and the network as files. */
export function TakeAway({ page, run }: { readonly page: PictureSetPage; readonly run: string | null }) {
  const isEmpty = page.classes.every(({ pictures }) => pictures.length === 0)
  if (isEmpty) return null
  return (
    <section className="stack tight panel-card" aria-label="Take it with you">
      <h2>Take it with you</h2>
      <ul className="take-away">
        <li>
          <a href={`/api/pictures/${encodeURIComponent(page.name)}/zip`} download={`${page.name}.zip`}>
            The pictures (.zip)
          </a>
        </li>
        {run !== null &&
          FORMATS.map(([to, name, ending]) => (
            <li key={to}>
              <a href={`/api/runs/${run}/export?to=${to}`} download={`${page.name}-${to}.${ending}`}>
                The network {name}
              </a>
            </li>
          ))}
      </ul>
      {run !== null && (
        <p className="quiet">
          On the command line: <code>heddle predict {run} photo.jpg</code>
        </p>
      )}
    </section>
  )
}
