import { useState } from 'react'
import { send } from '../api.ts'
import { IconButton } from '../design/icon-button.tsx'
import { Menu } from '../design/menu.tsx'
import { Problem } from '../parts/messages.tsx'
import { notice } from '../parts/notices.tsx'
import { useSent } from '../parts/use-sent.ts'
import { go } from '../router.tsx'
import { useRuns } from '../stream/stream.ts'
import { viewQuery } from './list-choice.ts'

/** Views with names, for all who use this store; and the link to what is shown now. */
export function ViewChoice({ query }: { readonly query: URLSearchParams }) {
  const { views } = useRuns()
  const [name, setName] = useState('')
  const { error, sent } = useSent()
  const own = viewQuery(query)
  const current = views.find(view => view.query === own)
  const replaces = views.some(view => view.name === name.trim())
  return (
    <Menu title={current ? `View: ${current.name}` : 'Views'} stays>
      <div className="stack tight view-choice">
        {views.length === 0 && <p className="quiet">A view keeps filter, order and columns under a name.</p>}
        <ul>
          {views.map(view => (
            <li key={view.name} className="strip">
              <button
                type="button"
                className="plain"
                aria-current={view === current}
                onClick={() => go(`/runs?${view.query}`)}
              >
                {view.name}
              </button>
              <IconButton
                icon="close"
                label={`Remove the view ${view.name}`}
                onClick={() => sent(send('DELETE', `/views/${encodeURIComponent(view.name)}`))}
              />
            </li>
          ))}
        </ul>
        <form
          className="strip"
          onSubmit={event => {
            event.preventDefault()
            const path = `/views/${encodeURIComponent(name.trim())}`
            if (name.trim()) sent(send('PUT', path, { query: own }).then(() => setName('')))
          }}
        >
          <input
            aria-label="Name of the view"
            placeholder="Name this view"
            value={name}
            onChange={event => setName(event.target.value)}
          />
          <button type="submit" disabled={name.trim() === ''}>
            {replaces ? 'Replace' : 'Save'}
          </button>
        </form>
        <Problem error={error} />
        <button type="button" onClick={copyLink}>
          Copy the link to what is shown
        </button>
      </div>
    </Menu>
  )
}

/** The address has everything that is chosen. If the page may not write to the clipboard, it shows the address instead. */
function copyLink(): void {
  const { href } = location
  const shown = (): void => notice({ text: `Copy this address: ${href}` })
  if (!navigator.clipboard) shown()
  else navigator.clipboard.writeText(href).then(() => notice({ text: 'The link is copied.' }), shown)
}
