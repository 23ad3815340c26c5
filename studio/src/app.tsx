import { Component, type ReactNode, Suspense, useEffect, useRef, useState } from 'react'
import { allCommands, type Command, useCommands, useKeys } from './commands/commands.ts'
import { CommandDialogs } from './commands/palette.tsx'
import { Icon } from './design/icons.tsx'
import { Skeleton } from './design/skeleton.tsx'
import { ThemeSwitch } from './design/theme-switch.tsx'
import { Asking } from './parts/ask.tsx'
import { Empty, Problem } from './parts/messages.tsx'
import { Notices } from './parts/notices.tsx'
import { setUsualTitle } from './parts/use-title.ts'
import { go, Link, usePlace } from './router.tsx'
import { Endings } from './runs/endings.tsx'
import { onReconnect, useRuns } from './stream/stream.ts'
import { views } from './views/index.tsx'

export function App() {
  const place = usePlace()
  const wanted = place.path[0] ?? views[0]!.path
  const current = views.find(({ path }) => path === wanted)
  const main = useRef<HTMLElement>(null)
  const shown = useRef(wanted)
  useEffect(() => {
    setUsualTitle(`${[current?.name ?? 'Not found', ...place.path.slice(1)].join(' ')} · Heddle`)
    // Another view is another page: a screen reader starts at its top.
    if (shown.current !== wanted) main.current?.focus()
    shown.current = wanted
  })
  useKeys()
  useCommands(goTo)
  const address = place.path.join('/')
  return (
    <>
      <a className="skip" href="#main">
        Skip to content
      </a>
      <Bar wanted={wanted} />
      <main id="main" ref={main} tabIndex={-1}>
        <Fence key={address}>
          <Suspense fallback={<Skeleton label="Loading …" rows={12} />}>
            {current ? (
              <current.view place={place} />
            ) : (
              <Empty heading="h1" title="There is no such page">
                <p>
                  <Link href="/">To the runs</Link>
                </p>
              </Empty>
            )}
          </Suspense>
        </Fence>
      </main>
      <CommandDialogs />
      <Endings />
      <Asking />
      <Notices />
    </>
  )
}

const isFind = ({ keys }: Command): boolean => keys === 'Mod+k'

const goTo: readonly Command[] = views.map(({ path, name, key }) => ({
  name: `Go to ${name}`,
  keys: `g ${key}`,
  run: () => go(`/${path}`),
}))

/** The way to all views; on a small screen it opens from a button, and closes with each other page. */
function Bar({ wanted }: { readonly wanted: string }) {
  const [isOpen, setOpen] = useState(false)
  return (
    <header className="bar" data-open={isOpen}>
      <Link className="mark" href="/">
        <Mark />
        Heddle
      </Link>
      <Connection />
      <button
        type="button"
        className="plain icon-only bar-menu"
        aria-label="Menu"
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
      >
        <Icon name={isOpen ? 'close' : 'menu'} size={20} />
      </button>
      <nav aria-label="Views">
        {views.map(({ path, name, icon }) => (
          <Link
            key={path}
            href={`/${path}`}
            aria-current={path === wanted ? 'page' : undefined}
            onClick={() => setOpen(false)}
          >
            <Icon name={icon} />
            {name}
          </Link>
        ))}
      </nav>
      <div className="bar-foot">
        <button type="button" className="plain find" onClick={() => allCommands().find(isFind)?.run()}>
          <Icon name="search" />
          Find <kbd>Ctrl K</kbd>
        </button>
        <ThemeSwitch />
      </div>
    </header>
  )
}

/** Threads that cross: as in the icon of the page. */
function Mark() {
  return (
    <svg viewBox="0 0 16 16" width="22" height="22" aria-hidden="true">
      <rect width="16" height="16" fill="var(--accent-fill)" />
      <path
        d="M4 3v10M8 3v10M12 3v10M2.5 6.2h3m1-1.2h3m1 3h3M2.5 10.5h3m1 0h3"
        stroke="var(--accent-text)"
        strokeWidth="1.4"
      />
    </svg>
  )
}

/** Says so when the server is away; what is shown is then from before. */
function Connection() {
  const { connected, rows } = useRuns()
  const running = rows?.filter(({ status }) => status === 'running').length ?? 0
  const text = rows !== null && !connected ? 'Reconnecting …' : running > 0 ? `${running} training` : ''
  return (
    <p className="connection" role="status" data-connected={connected}>
      {text}
    </p>
  )
}

/** A view that fails is replaced by what it failed with; the others stay. */
class Fence extends Component<{ readonly children: ReactNode }, { error: Error | null }> {
  override state = { error: null }

  static getDerivedStateFromError(error: Error): { error: Error } {
    return { error }
  }

  #stop = (): void => {}

  override componentDidMount(): void {
    this.#stop = onReconnect(() => this.state.error && location.reload())
  }

  override componentWillUnmount(): void {
    this.#stop()
  }

  override render(): ReactNode {
    const { error } = this.state
    return error ? (
      // Code that could not be loaded is asked for again only by a new page, whose address has all that was chosen.
      <Problem error={error} onRetry={() => location.reload()} />
    ) : (
      this.props.children
    )
  }
}
