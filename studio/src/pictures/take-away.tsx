import type { PictureSetPage } from '../../../src/protocol/pictures.ts'

const FORMATS = [
  ['keras', 'Keras (.keras)'],
  ['onnx', 'ONNX (.onnx)'],
  ['safetensors', 'Heddle (.safetensors)'],
] as const

/** The pictures and the network as files. */
export function TakeAway({ page, run }: { readonly page: PictureSetPage; readonly run: string | null }) {
  const isEmpty = page.classes.every(({ pictures }) => pictures.length === 0)
  if (isEmpty) return null
  return (
    <section className="stack close panel-card" aria-label="Take it with you">
      <h2>Take it with you</h2>
      <ul className="take-away">
        <li>
          <a href={`/api/pictures/${encodeURIComponent(page.name)}/zip`} download={`${page.name}.zip`}>
            The pictures (.zip)
          </a>
        </li>
        {run !== null &&
          FORMATS.map(([to, name]) => (
            <li key={to}>
              <a href={`/api/runs/${run}/export?to=${to}`} download={`${page.name}.${to}`}>
                The network for {name}
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
