import { Component, type ReactNode, Suspense, useEffect, useRef } from 'react'
import { Empty, Problem } from './parts/messages.tsx'
import { Link, usePlace } from './router.tsx'
import { onReconnect, useRuns } from './stream/stream.ts'
import { views } from './views/index.tsx'

export function App() {
  const place = usePlace()
  const wanted = place.path[0] ?? views[0]!.path
  const current = views.find(({ path }) => path === wanted)
  const main = useRef<HTMLElement>(null)
  const shown = useRef(wanted)
  useEffect(() => {
    document.title = `${[current?.name ?? 'Not found', ...place.path.slice(1)].join(' ')} · Heddle`
    // Another view is another page: a screen reader starts at its top.
    if (shown.current !== wanted) main.current?.focus()
    shown.current = wanted
  })
  const nav = useRef<HTMLElement>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: where the views do not all fit, the current one is in sight.
  useEffect(() => {
    nav.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  }, [wanted])
  return (
    <>
      <a className="skip" href="#main">
        Skip to content
      </a>
      <header className="bar">
        <Link className="mark" href="/">
          Heddle
        </Link>
        <nav aria-label="Views" ref={nav}>
          {views.map(({ path, name }) => (
            <Link key={path} href={`/${path}`} aria-current={path === wanted ? 'page' : undefined}>
              {name}
            </Link>
          ))}
        </nav>
        <Connection />
      </header>
      <main id="main" ref={main} tabIndex={-1}>
        <Fence key={place.path.join('/')}>
          <Suspense fallback={<p className="quiet">Loading …</p>}>
            {current ? (
              <current.view place={place} />
            ) : (
              <Empty title="There is no such page">
                <p>
                  <Link href="/">To the runs</Link>
                </p>
              </Empty>
            )}
          </Suspense>
        </Fence>
      </main>
    </>
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
