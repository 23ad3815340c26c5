import { count, plural, shortFingerprint } from '../base/text.ts'
import type { TrainSpec } from '../train/options.ts'
import type { LoadedExperiment } from './load-experiment.ts'
import type { Terminal } from './terminal.ts'
import type { RunsJob } from './train-runs.ts'

/** What will be trained, before it is. */
export function announce(
  terminal: Terminal,
  {
    plan,
    backend,
    workers,
    chosen = [],
  }: Pick<RunsJob, 'plan' | 'backend' | 'workers'> & Pick<LoadedExperiment, 'chosen'>,
): void {
  const { experiment, data, seeds, models } = plan
  const options = models.map(({ plan: { spec } }) => spec)
  const epochs = range(options.map(train => train.epochs))
  const batchSize = range(options.map(train => train.batchSize))
  const validation = data.validation ? `, ${count(data.validation.count)} validation` : ''
  const images = `${count(data.train.labels.length)} training${validation} and ${count(data.test.labels.length)} test images`
  const runs = `${plural(models.length, 'model')} × ${plural(seeds.length, 'seed')}`
  const lines = [
    ['Experiment', experiment.name],
    [
      'Data',
      `${data.name} ${shortFingerprint(data.fingerprint)}: ${images}, ${data.imageShape.join(' × ')}, ${plural(data.classNames.length, 'class', 'classes')}`,
    ],
    ['Engine', workers > 1 ? `${workers} processes, each ${backend.description}` : backend.description],
    [
      'Training',
      [
        `${runs} × ${epochs} ${epochs === '1' ? 'epoch' : 'epochs'}, batch size ${batchSize}`,
        ...settingsOf(options),
      ].join(', '),
    ],
  ] as const
  for (const [name, text] of lines) terminal.log({ text: name.padEnd(12), style: 'dim' }, { text })
  if (chosen.length > 0) {
    terminal.log()
    terminal.log({ text: 'Chosen for this folder:' })
  }
  for (const [name, text] of chosen) terminal.log({ text: `  ${name.padEnd(10)}`, style: 'dim' }, { text })
  terminal.log()
}

/** `8`, or `10 to 20` where the models differ. */
function range(values: readonly number[]): string {
  const [low, high] = [Math.min(...values), Math.max(...values)]
  return low === high ? `${low}` : `${low} to ${high}`
}

/** What is worth a word: the rest is as it usually is. */
function settingsOf(options: readonly TrainSpec[]): readonly string[] {
  const changes = new Set(options.flatMap(({ augmentation }) => augmentation.map(({ kind }) => kind)))
  return [...(options.some(({ pixelRange }) => pixelRange === 'raw') ? ['pixels 0 to 255'] : []), ...changes]
}
