import { count } from '../../../src/base/text.ts'
import { Skeleton } from '../design/skeleton.tsx'
import type { Engine } from '../engine/engine.ts'
import { useEngine } from '../engine/use-engine.ts'
import { GraphTable } from '../model/graph-table.tsx'
import { LayerPart } from '../model/layer-part.tsx'
import { short } from '../parts/format.ts'
import { Problem } from '../parts/messages.tsx'
import { NetworkPage } from '../parts/network-page.tsx'
import { useLoaded } from '../parts/use-loaded.ts'
import { setQuery, type ViewProps } from '../router.tsx'
import '../model/model.css'

/** `/model?run=<id>&layer=<name>&split=<split>&index=<image>` */
export function ModelView({ place }: ViewProps) {
  return (
    <NetworkPage place={place} title="Model" empty="There is no trained network to look into yet">
      {run => <Loaded run={run} query={place.query} />}
    </NetworkPage>
  )
}

function Loaded({ run, query }: { readonly run: string; readonly query: URLSearchParams }) {
  const { ready, error, reload } = useEngine(run)
  if (error) return <Problem error={error} onRetry={reload} />
  if (!ready) return <Skeleton label="Loading the network …" rows={12} />
  return <Inspection key={ready.run} run={ready.run} engine={ready.engine} query={query} />
}

function Inspection({
  run,
  engine,
  query,
}: {
  readonly run: string
  readonly engine: Engine
  readonly query: URLSearchParams
}) {
  const { data, error } = useLoaded(run, () => engine.ask('inspect'))
  if (error) return <Problem error={error} />
  if (!data) return <Skeleton label="Looking into the network …" rows={12} />
  const wanted = query.get('layer')
  const layer =
    data.layers.find(({ name }) => name === wanted) ??
    data.layers.find(({ weights }) => weights.length > 0) ??
    data.layers[0]!
  return (
    <>
      <p className="quiet">
        {data.inputShape.join(' × ')} → {data.layers.at(-1)!.outputShape.join(' × ')} · {data.layers.length}{' '}
        layers · {count(data.parameterCount)} parameters, {count(data.trainableCount)} of them trained ·{' '}
        {short(data.multiplyAdds)} multiply-adds an image
        {data.pretrained && ` · pretrained: ${data.pretrained}`}
      </p>
      <div className="columns model-grid">
        <section className="card" aria-label="Layers">
          <GraphTable
            inspected={data}
            chosen={layer.name}
            onChoose={name => setQuery({ layer: name }, { step: true })}
          />
          <details className="model-summary">
            <summary>As text</summary>
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached with keys. */}
            <pre className="code" tabIndex={0}>
              {data.summary}
            </pre>
          </details>
        </section>
        <LayerPart run={run} engine={engine} inspected={data} layer={layer} query={query} />
      </div>
    </>
  )
}
