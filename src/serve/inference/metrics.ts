import type { Histogram } from './histogram.ts'
import type { ServedModel } from './served-model.ts'

// The text format of Prometheus: https://prometheus.io/docs/instrumenting/exposition_formats/.

type Labels = Readonly<Record<string, string>>

interface Family {
  readonly name: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  readonly samples: readonly string[]
}

/** What the server and its models have done, as text. */
export function metricsText(models: readonly ServedModel[], statuses: ReadonlyMap<number, number>): string {
  return [...modelFamilies(models), ...serverFamilies(statuses)].map(familyText).join('')
}

function modelFamilies(models: readonly ServedModel[]): readonly Family[] {
  const each = (samples: (model: ServedModel, labels: Labels) => readonly string[]): readonly string[] =>
    models.flatMap(model => samples(model, { model: model.name, version: model.version }))
  const durations = (part: string, help: string, of: (model: ServedModel) => Histogram): Family => {
    const name = `heddle_${part}_duration_seconds`
    return {
      name,
      type: 'histogram',
      help,
      samples: each((model, labels) => histogram(name, labels, of(model), 1000)),
    }
  }
  return [
    {
      name: 'heddle_model_info',
      type: 'gauge',
      help: 'The models that are served, by the digest of their weights.',
      samples: each(({ digest }, labels) => [sample('heddle_model_info', { ...labels, digest }, 1)]),
    },
    {
      name: 'heddle_requests_total',
      type: 'counter',
      help: 'Requests for predictions, by how they ended.',
      samples: each(({ statistics }, labels) => [
        sample('heddle_requests_total', { ...labels, outcome: 'answered' }, statistics.requestMs.count),
        sample('heddle_requests_total', { ...labels, outcome: 'failed' }, statistics.failed),
      ]),
    },
    durations(
      'request',
      'Requests that were answered, from the whole body on.',
      one => one.statistics.requestMs,
    ),
    durations('decode', 'Making the input of what was sent.', one => one.statistics.decodeMs),
    durations('queue', 'Waiting for the call of the engine before.', one => one.statistics.queueMs),
    durations('compute', 'In the engine.', one => one.statistics.computeMs),
    {
      name: 'heddle_batch_size',
      type: 'histogram',
      help: 'Examples in a call of the engine.',
      samples: each(({ statistics }, labels) =>
        histogram('heddle_batch_size', labels, statistics.batchSizes),
      ),
    },
    {
      name: 'heddle_queue_length',
      type: 'gauge',
      help: 'Examples that wait now.',
      samples: each((model, labels) => [sample('heddle_queue_length', labels, model.waiting)]),
    },
    {
      name: 'heddle_predictions_total',
      type: 'counter',
      help: 'Examples by their predicted class: a change of the shares may be a drift of the data.',
      samples: each(({ statistics, classNames }, labels) =>
        classNames.map((name, k) =>
          sample('heddle_predictions_total', { ...labels, class: name }, statistics.predicted[k]!),
        ),
      ),
    },
  ]
}

function serverFamilies(statuses: ReadonlyMap<number, number>): readonly Family[] {
  const { user, system } = process.cpuUsage()
  return [
    {
      name: 'heddle_http_responses_total',
      type: 'counter',
      help: 'Answers of the server by their status.',
      samples: [...statuses]
        .sort(([a], [b]) => a - b)
        .map(([status, count]) => sample('heddle_http_responses_total', { status: String(status) }, count)),
    },
    single('process_cpu_seconds_total', 'counter', 'Time of processors.', (user + system) / 1e6),
    single('process_resident_memory_bytes', 'gauge', 'Memory.', process.memoryUsage.rss()),
    single('process_start_time_seconds', 'gauge', 'Since 1970.', performance.timeOrigin / 1000),
  ]
}

function single(name: string, type: Family['type'], help: string, value: number): Family {
  return { name, type, help, samples: [sample(name, {}, value)] }
}

function familyText({ name, type, help, samples }: Family): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${samples.map(one => `${one}\n`).join('')}`
}

/** Values are divided by `unit`. */
function histogram(
  name: string,
  labels: Labels,
  { bounds, counts, sum }: Histogram,
  unit = 1,
): readonly string[] {
  let total = 0
  const buckets = [...bounds.map(bound => String(bound / unit)), '+Inf'].map((le, i) => {
    total += counts[i]!
    return sample(`${name}_bucket`, { ...labels, le }, total)
  })
  return [...buckets, sample(`${name}_sum`, labels, sum / unit), sample(`${name}_count`, labels, total)]
}

function sample(name: string, labels: Labels, value: number): string {
  const texts = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`)
  return `${name}${texts.length > 0 ? `{${texts.join(',')}}` : ''} ${value}`
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}
