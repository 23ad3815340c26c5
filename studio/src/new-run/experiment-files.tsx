import { useState } from 'react'
import { plural } from '../../../src/base/text.ts'
import { send } from '../api.ts'
import { Problem } from '../parts/messages.tsx'

/** Experiments of this folder that are code: it runs when one is loaded, not before. */
export function ExperimentFiles({
  files,
  onLoaded,
}: {
  readonly files: readonly string[]
  readonly onLoaded: () => void
}) {
  const [state, setState] = useState<{ busy: string | null; error?: Error }>({ busy: null })
  if (files.length === 0) return null
  const load = (file: string): void => {
    setState({ busy: file })
    send('POST', '/experiments', { file }).then(
      () => {
        setState({ busy: null })
        onLoaded()
      },
      error => setState({ busy: null, error }),
    )
  }
  return (
    <details className="experiment-files">
      <summary>{plural(files.length, 'experiment file')} in this folder, not loaded</summary>
      <p className="quiet">
        These files are code. Loading one runs it on this machine, with your rights: do so only if you trust
        it.
      </p>
      <ul>
        {files.map(file => (
          <li key={file}>
            <span className="mono">{file}</span>{' '}
            <button type="button" disabled={state.busy !== null} onClick={() => load(file)}>
              {state.busy === file ? 'Loading …' : 'Load (runs its code)'}
            </button>
          </li>
        ))}
      </ul>
      {state.error && <Problem error={state.error} />}
    </details>
  )
}
