import type { ReactNode } from 'react'
import { Menu } from '../design/menu.tsx'
import { Segmented } from '../design/segmented.tsx'
import { Check } from '../parts/controls.tsx'
import { setQuery } from '../router.tsx'

/** How curves are shown: part of the address. */
export interface Settings {
  readonly x: 'step' | 'epoch' | 'time'
  /** 0: every step as it was measured. */
  readonly smoothing: number
  readonly show: 'both' | 'training' | 'validation'
  /** A line for each run, or the mean of the seeds of a configuration with a band around it. */
  readonly lines: 'runs' | 'means'
  /** The first steps, and trainings that diverge, are far from all others: without them there is more to see. */
  readonly whole: boolean
  readonly log: boolean
  /** The part of the x-axis that is shown; `null`: all of it. */
  readonly zoom: readonly [number, number] | null
  /** Panels that are hidden, by the name of what they show. */
  readonly hidden: readonly string[]
  /** Panels that only few people need, and that are shown. */
  readonly extra: readonly string[]
}

/** About ten steps. */
const USUAL_SMOOTHING = 0.9

export function settingsOf(query: URLSearchParams): Settings {
  const [x, show, lines] = [query.get('x'), query.get('show'), query.get('lines')]
  const smoothing = Number(query.get('smoothing') ?? USUAL_SMOOTHING)
  const [from, to] = (query.get('zoom') ?? '').split('..').map(Number)
  const isZoomed = query.has('zoom') && from! < to!
  const isGrouped = query.get('group') === 'seeds'
  return {
    x: x === 'epoch' || x === 'time' ? x : 'step',
    smoothing: smoothing >= 0 && smoothing < 1 ? smoothing : USUAL_SMOOTHING,
    show: show === 'training' || show === 'validation' ? show : 'both',
    lines: lines === 'means' || (lines !== 'runs' && isGrouped) ? 'means' : 'runs',
    whole: query.get('range') === 'whole',
    log: query.get('scale') === 'log',
    zoom: isZoomed ? [from!, to!] : null,
    hidden: query.get('without')?.split(',').filter(Boolean) ?? [],
    extra: query.get('with')?.split(',').filter(Boolean) ?? [],
  }
}

/** Shows a part of the x-axis, or all of it. */
export function zoomTo(range: readonly [number, number] | null): void {
  setQuery({ zoom: range?.map(end => +end.toPrecision(6)).join('..') })
}

export const AXES = { step: 'Steps', epoch: 'Epochs', time: 'Time' } as const
const SHOWN = { both: 'Both', training: 'Training', validation: 'Validation' } as const
const LINES = { runs: 'Each run', means: 'Mean of seeds' } as const
const SCALES = { linear: 'Linear', log: 'Log' } as const

/** A panel of the charts. */
export interface PanelChoice {
  readonly name: string
  readonly title: string
  /** Shown only where it is asked for. */
  readonly isExtra: boolean
}

export function Controls({
  settings,
  panels,
  hasSeeds,
  lead,
}: {
  readonly settings: Settings
  readonly panels: readonly PanelChoice[]
  /** Whether any configuration has several runs here. */
  readonly hasSeeds: boolean
  /** Stands before them. */
  readonly lead: ReactNode
}) {
  const { x, smoothing, show, lines, whole, log, zoom } = settings
  return (
    <form className="strip controls" onSubmit={event => event.preventDefault()}>
      {lead}
      <Segmented label="Over" of={AXES} value={x} onChange={over => setQuery({ x: over, zoom: undefined })} />
      <Segmented label="Show" of={SHOWN} value={show} onChange={sides => setQuery({ show: sides })} />
      {hasSeeds && (
        <Segmented label="Lines" of={LINES} value={lines} onChange={one => setQuery({ lines: one })} />
      )}
      <Segmented
        label="Scale"
        of={SCALES}
        value={log ? 'log' : 'linear'}
        onChange={scale => setQuery({ scale: scale === 'log' ? scale : undefined })}
      />
      <label>
        Smoothing{' '}
        <input
          type="range"
          min="0"
          max="0.98"
          step="0.02"
          value={smoothing}
          disabled={x === 'epoch'}
          onChange={event => setQuery({ smoothing: event.target.value })}
        />
        <output>{smoothing.toFixed(2)}</output>
      </label>
      <Check checked={whole} onChange={isOn => setQuery({ range: isOn ? 'whole' : undefined })}>
        Whole range
      </Check>
      <Panels panels={panels} settings={settings} />
      {zoom && (
        <button type="button" className="small" onClick={() => zoomTo(null)}>
          Show all {AXES[x].toLowerCase()}
        </button>
      )}
    </form>
  )
}

export const isPanelShown = ({ name, isExtra }: PanelChoice, { hidden, extra }: Settings): boolean =>
  isExtra ? extra.includes(name) : !hidden.includes(name)

function Panels({
  panels,
  settings,
}: {
  readonly panels: readonly PanelChoice[]
  readonly settings: Settings
}) {
  const toggle = ({ name, isExtra }: PanelChoice, isOn: boolean): void => {
    const [key, names] = isExtra
      ? (['with', settings.extra] as const)
      : (['without', settings.hidden] as const)
    const others = names.filter(other => other !== name)
    setQuery({ [key]: (isOn === isExtra ? [...others, name] : others).join(',') })
  }
  return (
    <Menu title="Charts" stays>
      <fieldset>
        <legend className="unseen">Charts that are shown</legend>
        {panels.map(panel => (
          <Check
            key={panel.name}
            checked={isPanelShown(panel, settings)}
            onChange={isOn => toggle(panel, isOn)}
          >
            {panel.title}
          </Check>
        ))}
      </fieldset>
    </Menu>
  )
}
