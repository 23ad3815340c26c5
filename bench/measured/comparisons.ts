import { type Described, range, table } from './parts.ts'

interface Standing {
  readonly contestant: string
  readonly medianMs: number
  readonly p99Ms?: number
  readonly ratio: number
  readonly peakShare: number
  readonly rounds: number
}

interface Comparison {
  readonly model: string
  readonly what: string
  readonly batch: number
  readonly threads: number
  readonly commit: string
  readonly date?: string
  readonly standings: readonly Standing[]
}

/** What `heddle bench --record` writes. */
export interface Standings extends Described {
  readonly comparisons: readonly Comparison[]
}

/** The numbers that the reports have. */
const REPORTS: Readonly<Record<string, string>> = {
  'conv1d-eight': '000',
  'activation-heads': '001',
  'basic-vs-standard': '002',
  'three-class': '003',
  'three-conv': '004',
}

const NAMES: Readonly<Record<string, string>> = {
  keras: 'Keras',
  pytorch: 'PyTorch',
  jax: 'JAX',
  onnxruntime: 'ONNX Runtime',
  tensorflowjs: 'TensorFlow.js',
  heddle: 'Heddle',
  fastapi: 'FastAPI',
  bentoml: 'BentoML',
  litserve: 'LitServe',
}

/** As the program is written. */
export const properName = (contestant: string): string => NAMES[contestant] ?? contestant

function shortName(model: string): string {
  const [experiment = '', name = ''] = model.split('/')
  const report = REPORTS[experiment]
  return report ? `${report}/${name.replace('model-', '').replace('reported', '1')}` : model
}

export const time = (ms: number): string => (ms < 0.1 ? ms.toFixed(3) : ms.toFixed(2))

/** A row for each model and batch: Heddle's times, and how many times as long the others take with as many threads. */
export function comparisonTable({ comparisons }: Standings): string {
  const threads = [...new Set(comparisons.map(one => one.threads))].sort((a, b) => a - b)
  const peers = [...new Set(comparisons.flatMap(one => one.standings.map(s => s.contestant)))].filter(
    name => name !== 'heddle',
  )
  const isInference = comparisons[0]!.what === 'inference'
  const both = threads.length > 1
  const counted = (text: string): string[] => threads.map(n => `${text}, ${n} thread${n === 1 ? '' : 's'}`)
  const heads = [
    'model',
    'batch',
    ...counted('Heddle, ms'),
    ...(both ? ['gain'] : []),
    ...(isInference ? ['99 %, ms'] : ['of the peak']),
    ...peers.flatMap(peer => counted(`${properName(peer)} ÷ Heddle`)),
    ...(isInference ? peers.map(peer => `99 % of ${properName(peer)}, ms`) : []),
    'n',
  ]
  const groups = new Map<string, Comparison[]>()
  for (const one of comparisons) {
    const key = `${shortName(one.model)} ${String(one.batch).padStart(6, '0')}`
    groups.set(key, [...(groups.get(key) ?? []), one])
  }
  const rows = [...groups]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([, group]) => {
      const of = (count: number, name: string): Standing | undefined =>
        group.find(one => one.threads === count)?.standings.find(one => one.contestant === name)
      const own = threads.map(count => of(count, 'heddle'))
      const shown = (value: number | undefined, text: (value: number) => string): string =>
        value === undefined ? '' : text(value)
      const gain = own[0] && own[1] ? (own[0].medianMs / own[1].medianMs).toFixed(2) : ''
      return [
        shortName(group[0]!.model),
        `${group[0]!.batch}`,
        ...own.map(one => shown(one?.medianMs, time)),
        ...(both ? [gain] : []),
        isInference
          ? shown(own[0]?.p99Ms, time)
          : shown(own.at(-1)?.peakShare, share => `${(100 * share).toFixed(0)} %`),
        ...peers.flatMap(peer => threads.map(count => shown(of(count, peer)?.ratio, one => one.toFixed(1)))),
        ...(isInference ? peers.map(peer => shown(of(threads[0]!, peer)?.p99Ms, time)) : []),
        range(group.flatMap(one => one.standings.map(({ rounds }) => rounds))),
      ]
    })
  return table(heads, rows)
}
