import { useEffect, useMemo, useRef, useState } from 'react'
import type { RunRow } from '../../../src/protocol/studio.ts'
import { IconButton } from '../design/icon-button.tsx'
import { go } from '../router.tsx'
import { useRuns } from '../stream/stream.ts'
import { type Command, useAllCommands, useCommands } from './commands.ts'
import { foundBy, keyNames } from './keys.ts'
import './commands.css'

const MOST_RUNS = 8
const isMac = /Mac|iPhone|iPad/.test(navigator.platform)

/** The palette (Ctrl-K) and the list of keys (`?`), over any page. */
export function CommandDialogs() {
  const [open, setOpen] = useState<'palette' | 'keys' | null>(null)
  useCommands([
    { name: 'Find a command or a run', keys: 'Mod+k', run: () => setOpen('palette') },
    { name: 'Show all keys', keys: '?', run: () => setOpen('keys') },
  ])
  const onClose = (): void => setOpen(null)
  if (open === 'palette') return <Palette onClose={onClose} />
  return open === 'keys' ? <KeyList onClose={onClose} /> : null
}

function useDialog() {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => dialog.current!.showModal(), [])
  return dialog
}

function Palette({ onClose }: { readonly onClose: () => void }) {
  const dialog = useDialog()
  const { rows } = useRuns()
  const commands = useAllCommands()
  const [text, setText] = useState('')
  const [at, setAt] = useState(0)
  const entries = useMemo(
    () => [
      ...foundBy(
        text,
        commands.filter(({ keys }) => keys !== 'Mod+k'),
      ),
      ...(text.trim() === '' ? [] : foundBy(text, (rows ?? []).map(asCommand)).slice(0, MOST_RUNS)),
    ],
    [text, commands, rows],
  )
  const chosen = Math.min(at, entries.length - 1)
  const run = (command: Command | undefined): void => {
    if (!command) return
    dialog.current!.close()
    command.run()
  }
  return (
    <dialog ref={dialog} className="palette" aria-label="Commands and runs" onClose={onClose}>
      <input
        role="combobox"
        aria-expanded="true"
        aria-controls="palette-list"
        aria-activedescendant={entries.length > 0 ? `palette-${chosen}` : undefined}
        aria-label="Find a command or a run"
        placeholder="A command, a page or a run"
        value={text}
        onChange={event => {
          setText(event.target.value)
          setAt(0)
        }}
        onKeyDown={event => {
          const by = { ArrowDown: 1, ArrowUp: -1 }[event.key]
          if (by !== undefined) {
            event.preventDefault()
            setAt((chosen + by + entries.length) % Math.max(1, entries.length))
          } else if (event.key === 'Enter') {
            event.preventDefault()
            run(entries[chosen])
          }
        }}
      />
      <div role="listbox" id="palette-list" aria-label="Found">
        {entries.map((command, i) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field above has the keys.
          <div
            key={`${command.name} ${command.keys ?? ''}`}
            role="option"
            id={`palette-${i}`}
            tabIndex={-1}
            aria-selected={i === chosen}
            ref={element => {
              if (i === chosen) element?.scrollIntoView({ block: 'nearest' })
            }}
            onClick={() => run(command)}
          >
            <span>{command.name}</span>
            {command.keys && <Keys keys={command.keys} />}
          </div>
        ))}
      </div>
      {entries.length === 0 && <p className="quiet">No command and no run is called that.</p>}
    </dialog>
  )
}

function asCommand({ id, name, experiment, model, seed }: RunRow): Command {
  const called = name ? `${name}: ` : ''
  return {
    name: `Run ${called}${model} · ${experiment} · seed ${seed} · ${id}`,
    run: () => go(`/runs/${id}`),
  }
}

function KeyList({ onClose }: { readonly onClose: () => void }) {
  const dialog = useDialog()
  const commands = useAllCommands().filter(({ keys }) => keys !== undefined)
  return (
    <dialog ref={dialog} className="key-list" aria-label="Keys" onClose={onClose}>
      <header className="card-head">
        <h2>Keys of this page</h2>
        <IconButton icon="close" label="Close" onClick={() => dialog.current!.close()} />
      </header>
      <dl>
        {commands.map(({ name, keys }) => (
          <div key={keys}>
            <dt>{name}</dt>
            <dd>
              <Keys keys={keys!} />
            </dd>
          </div>
        ))}
        <div>
          <dt>Close, or leave a field</dt>
          <dd>
            <Keys keys="Escape" />
          </dd>
        </div>
      </dl>
    </dialog>
  )
}

function Keys({ keys }: { readonly keys: string }) {
  return (
    <span className="keys">
      {keyNames(keys, isMac).map((key, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a key may be typed twice.
        <kbd key={i}>{key}</kbd>
      ))}
    </span>
  )
}
