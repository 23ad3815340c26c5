import { useEffect } from 'react'
import { count } from '../../../src/base/text.ts'
import type { Split } from '../../../src/protocol/data.ts'
import type { ImageMap } from '../../../src/protocol/explanations.ts'
import type { RunClasses, RunPage } from '../../../src/protocol/studio.ts'
import type { TaskState } from '../../../src/protocol/tasks.ts'
import { send } from '../api.ts'
import { Segmented } from '../design/segmented.tsx'
import { Skeleton } from '../design/skeleton.tsx'
import { Choice } from '../parts/controls.tsx'
import { Empty, Problem } from '../parts/messages.tsx'
import { useGet } from '../parts/use-get.ts'
import { useSent } from '../parts/use-sent.ts'
import { setQuery } from '../router.tsx'
import { MapView } from './map-view.tsx'
import { UmapFields } from './umap-fields.tsx'
import { umapQuery, umapSettingsOf } from './umap-settings.ts'
import './map.css'

const LOOK_MS = 400
const splits = { test: 'Test images', train: 'Training images' } as const
const methods = { umap: 'UMAP', pca: 'PCA' } as const

/** A map of a run's images as a layer sees them: it is computed once, on request. */
export function MapPart({ run, query }: { readonly run: string; readonly query: URLSearchParams }) {
  const split: Split = query.get('split') === 'train' ? 'train' : 'test'
  const method = query.get('method') === 'pca' ? 'pca' : 'umap'
  const layer = query.get('layer') ?? ''
  const umap = umapSettingsOf(query)
  const path = `/runs/${run}/map?split=${split}&method=${method}${layer && `&layer=${encodeURIComponent(layer)}`}${method === 'umap' ? umapQuery(umap) : ''}`
  const { data: state, error, reload } = useGet<TaskState<ImageMap>>(path)
  const page = useGet<RunPage>(`/runs/${run}`)
  const classes = useGet<RunClasses>(`/runs/${run}/classes`)
  const asked = useSent()
  // biome-ignore lint/correctness/useExhaustiveDependencies: each answer asks for the next one.
  useEffect(() => {
    if (state?.state !== 'running') return
    const timer = setTimeout(reload, LOOK_MS)
    return () => clearTimeout(timer)
  }, [state])
  const layers = Object.fromEntries([
    ['', 'the last hidden layer'],
    ['input', 'the pixels'],
    ...(page.data?.layers ?? []).map(({ name, className }) => [name, `${name} (${className})`]),
  ]) as Readonly<Record<string, string>>
  const start = (): void => asked.sent(send('POST', path).then(reload))
  return (
    <div className="stack">
      <div className="strip map-settings">
        <Segmented
          label="Images"
          of={splits}
          value={split}
          onChange={one => setQuery({ split: one === 'test' ? undefined : one })}
        />
        <Segmented
          label="Method"
          of={methods}
          value={method}
          onChange={one => setQuery({ method: one === 'umap' ? undefined : one })}
        />
        <label>
          As seen by{' '}
          <Choice of={layers} value={layer} onChange={one => setQuery({ layer: one || undefined })} />
        </label>
        {method === 'umap' && <UmapFields chosen={umap} />}
      </div>
      <Problem error={error ?? asked.error ?? classes.error} onRetry={reload} />
      {!error && (!state || !classes.data) && <Skeleton label="Looking for the map …" rows={12} />}
      {state?.state === 'running' && (
        <Empty icon="target" title="The map is being computed">
          <p role="status">{state.said || 'Starting'} …</p>
          <p>
            <button type="button" onClick={() => asked.sent(send('DELETE', path).then(reload))}>
              Stop
            </button>
          </p>
          <p className="quiet">You can leave this page: the map is kept.</p>
        </Empty>
      )}
      {(state?.state === 'none' || state?.state === 'failed') && (
        <Empty icon="target" title="Images that the network sees as alike, side by side">
          {state.state === 'failed' && <Problem error={new Error(state.said)} />}
          <p>
            {method === 'umap'
              ? 'UMAP keeps neighbours together: groups mean something, distances between groups little. Ten thousand images take some seconds.'
              : 'PCA shows the two directions in which the outputs of the layer vary most.'}
          </p>
          <p>
            <button type="button" className="main" onClick={start}>
              Draw the map
            </button>
          </p>
        </Empty>
      )}
      {state?.state === 'done' && classes.data && (
        <>
          <MapView
            key={path}
            run={run}
            map={state.value}
            classNames={classes.data.classNames}
            shape={classes.data.imageShape}
            query={query}
          />
          <p className="quiet">{aboutOf(state.value)}</p>
        </>
      )}
    </div>
  )
}

function aboutOf({ about, layer, of, points }: ImageMap): string {
  const images =
    points.length < of
      ? `${count(points.length)} evenly spaced images of ${count(of)}`
      : `${count(of)} images`
  const how =
    'shares' in about
      ? `the axes have ${about.shares.map(share => `${(100 * share).toFixed(0)} %`).join(' and ')} of the variance`
      : `${about.neighbors} neighbours, least distance ${about.minDist}, seed ${about.seed}`
  const isDead = points.every(([x, y]) => x === points[0]![0] && y === points[0]![1])
  const dead = isDead ? ' The layer gives all images the same outputs: they lie on one point.' : ''
  return `${images} as the outputs of ${layer}; ${how}.${dead}`
}
