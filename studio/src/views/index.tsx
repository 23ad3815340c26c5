import { type ComponentType, lazy } from 'react'
import type { IconName } from '../design/icons.tsx'
import type { ViewProps } from '../router.tsx'
import { RunsView } from './runs.tsx'

export interface View {
  /** The first part of its addresses: `/runs`, `/runs/3f9a`. */
  readonly path: string
  readonly name: string
  readonly icon: IconName
  /** Typed after `g`, it opens the view. */
  readonly key: string
  readonly view: ComponentType<ViewProps>
}

/** A view whose code is loaded when it is opened. */
function later(load: () => Promise<ComponentType<ViewProps>>): ComponentType<ViewProps> {
  return lazy(async () => {
    try {
      return { default: await load() }
    } catch (error) {
      throw new Error('This page could not be loaded. Is "heddle studio" still running?', { cause: error })
    }
  })
}

/** In the order of the navigation; the first one is where the studio opens. What few pages need is loaded when it is opened. */
export const views: readonly View[] = [
  { path: 'runs', name: 'Runs', key: 'r', icon: 'runs', view: RunsView },
  {
    path: 'new',
    name: 'New run',
    key: 'n',
    icon: 'plus',
    view: later(async () => (await import('./new-run.tsx')).NewRunView),
  },
  {
    path: 'search',
    name: 'Search',
    key: 's',
    icon: 'search',
    view: later(async () => (await import('./search.tsx')).SearchView),
  },
  {
    path: 'model',
    name: 'Model',
    key: 'm',
    icon: 'layers',
    view: later(async () => (await import('./model.tsx')).ModelView),
  },
  {
    path: 'evaluate',
    name: 'Evaluate',
    key: 'e',
    icon: 'target',
    view: later(async () => (await import('./evaluate.tsx')).EvaluateView),
  },
  {
    path: 'compare',
    name: 'Compare',
    key: 'c',
    icon: 'scales',
    view: later(async () => (await import('./compare.tsx')).CompareView),
  },
  {
    path: 'pictures',
    name: 'Pictures',
    key: 'p',
    icon: 'camera',
    view: later(async () => (await import('./pictures.tsx')).PicturesView),
  },
  {
    path: 'data',
    name: 'Data',
    key: 'd',
    icon: 'grid',
    view: later(async () => (await import('./data.tsx')).DatasetView),
  },
  {
    path: 'try',
    name: 'Try it',
    key: 't',
    icon: 'pencil',
    view: later(async () => (await import('./try.tsx')).TryView),
  },
]
