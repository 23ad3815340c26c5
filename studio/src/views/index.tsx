import { type ComponentType, lazy } from 'react'
import type { Place } from '../router.tsx'
import { RunsView } from './runs.tsx'

export interface ViewProps {
  readonly place: Place
}

export interface View {
  /** The first part of its addresses: `/runs`, `/runs/3f9a`. */
  readonly path: string
  readonly name: string
  readonly view: ComponentType<ViewProps>
}

/** In the order of the navigation; the first one is where the studio opens. What few pages need is loaded when it is opened. */
export const views: readonly View[] = [
  { path: 'runs', name: 'Runs', view: RunsView },
  {
    path: 'new',
    name: 'New run',
    view: lazy(async () => ({ default: (await import('./new-run.tsx')).NewRunView })),
  },
  {
    path: 'evaluate',
    name: 'Evaluate',
    view: lazy(async () => ({ default: (await import('./evaluate.tsx')).EvaluateView })),
  },
  {
    path: 'compare',
    name: 'Compare',
    view: lazy(async () => ({ default: (await import('./compare.tsx')).CompareView })),
  },
  {
    path: 'data',
    name: 'Data',
    view: lazy(async () => ({ default: (await import('./data.tsx')).DatasetView })),
  },
  { path: 'try', name: 'Try it', view: lazy(async () => ({ default: (await import('./try.tsx')).TryView })) },
]
