import { megabytes, plural } from '../../../src/base/text.ts'
import type { Published } from '../../../src/protocol/publication.ts'
import type { Publication } from '../../../src/protocol/tasks.ts'
import { Icon } from '../design/icons.tsx'
import { Problem } from '../parts/messages.tsx'

/** What was made in this studio, or is being made: also what another tab asked for, or this one before it was loaded again. */
export function MadeList({
  all,
  onRemove,
}: {
  readonly all: readonly Publication[]
  /** Also stops it. */
  readonly onRemove: (made: string) => void
}) {
  return (
    <section className="stack tight" aria-label="What was made">
      {all.map(({ made, what, title, runs, state }) => (
        <article key={made} className="stack tight publish-made">
          <p className="strip">
            <strong>{title ?? (what === 'figures' ? 'Figures' : 'Report')}</strong>
            <span className="quiet">{plural(runs, 'run')}</span>
            {state.state === 'running' && <span role="status">{state.said || 'Starting'} …</span>}
            {state.state === 'done' && (
              <Download published={state.value} archive={`/api/publications/${made}/archive`} />
            )}
            <button type="button" onClick={() => onRemove(made)}>
              {state.state === 'running' ? 'Stop' : 'Remove'}
            </button>
          </p>
          <Problem error={state.state === 'failed' ? new Error(state.said) : null} />
          {state.state === 'done' && <Rubric lines={state.value.rubric} />}
        </article>
      ))}
    </section>
  )
}

function Download({
  published: { files, bytes, rubric },
  archive,
}: {
  readonly published: Published
  readonly archive: string
}) {
  const name = rubric === null ? 'figures.zip' : 'report.zip'
  return (
    <>
      <a className="button main" href={archive} download={name}>
        <Icon name="download" /> Download {name}
      </a>
      <span className="quiet" role="status">
        {plural(files.length, 'file')}, {megabytes(bytes)}
      </span>
    </>
  )
}

/** What a course would still ask for. */
function Rubric({ lines }: { readonly lines: Published['rubric'] }) {
  if (lines === null) return null
  const missing = lines.filter(({ isMet }) => !isMet)
  return (
    <details open={missing.length > 0}>
      <summary>
        What a course asks for: {lines.length - missing.length} of {lines.length} are there
      </summary>
      <ul className="publish-rubric">
        {(missing.length > 0 ? missing : lines).map(({ requirement, found, isMet }) => (
          <li key={requirement}>
            <span className={isMet ? 'status finished' : 'status failed'}>{isMet ? 'yes' : 'no'}</span>{' '}
            {requirement} <span className="quiet">({found})</span>
          </li>
        ))}
      </ul>
    </details>
  )
}
