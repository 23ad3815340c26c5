import { useState } from 'react'
import { plural } from '../../../src/base/text.ts'
import { send } from '../api.ts'
import { Problem } from '../parts/messages.tsx'
import { useSent } from '../parts/use-sent.ts'

/** Experiments of this folder that are code: it runs when one is loaded, not before. */
export function ExperimentFiles({
  files,
  onLoaded,
}: {
  readonly files: readonly string[]
  readonly onLoaded: () => void
}) {
  const [asked, setAsked] = useState('')
  const { isBusy, error, sent } = useSent()
  if (files.length === 0) return null
  const load = (file: string): void => {
    setAsked(file)
    sent(send('POST', '/experiments', { file }).then(onLoaded))
  }
  return (
    <details className="experiment-files">
      <summary>{plural(files.length, 'experiment file')} in this folder, not loaded</summary>
      <p className="quiet">
        These files are code. Loading one runs it on this machine, with your rights: do so only if you trust
        it.
      </p>
      <ul className="stack tight">
        {files.map(file => (
          <li key={file}>
            <span className="mono">{file}</span>{' '}
            <button type="button" disabled={isBusy} onClick={() => load(file)}>
              {isBusy && asked === file ? 'Loading …' : 'Load (runs its code)'}
            </button>
          </li>
        ))}
      </ul>
      <Problem error={error} />
    </details>
  )
}
