import { statisticOf } from 'heddle'
import { compareAccuracy } from 'heddle/analysis'
import { count, plural, tableOf } from 'heddle/show'
import printed from '../../printed/004.json' with { type: 'json' }
import { points } from '../comparison.ts'
import type { RunRecord } from '../runs.ts'
import { fixed } from '../tables.ts'
import type { Evidence, Finding } from './finding.ts'

/** 004. */
export function threeConv({ models, data, comparisons }: Evidence): Finding[] {
  const told = printed.claims
  const layers = models.get('reported')!.layers
  const poolings = layers.filter(({ className }) => className.startsWith('MaxPooling')).length
  const steps = Math.ceil(Math.floor(data.train.labels.length * 0.8) / 64)
  const runs = comparisons.find(({ item }) => item.model === 'reported')?.runs ?? []
  const [ours] = runs
  const ms = (1000 * told.secondsPerEpoch) / told.steps
  return [
    {
      kind: steps === told.steps ? 'confirmed' : 'contradicted',
      claim: `An epoch has ${told.steps} steps.`,
      found: `${count(data.train.labels.length)} images less a fifth, in batches of 64, are ${steps} steps: the fifth was held out.`,
    },
    {
      kind: poolings === told.poolings ? 'confirmed' : 'contradicted',
      claim: 'Three convolutional layers followed by max-pooling layers.',
      found: `The printed model has ${poolings} of them: the third convolution has none.`,
    },
    ...(ours ? [firstEpoch(runs)] : []),
    {
      kind: ms >= told.msPerStep ? 'confirmed' : 'contradicted',
      claim: `${told.secondsPerEpoch} s for an epoch, ${told.msPerStep} ms for a step.`,
      found: `${told.secondsPerEpoch} s are ${ms.toFixed(1)} ms for a step with the validation in it.${ours ? ` Here, on ${ours.environment.cores} cores, a step takes ${(ours.epochMs[0]!.train / ours.stored.stepsPerEpoch).toFixed(1)} ms.` : ''}`,
    },
  ]
}

/** The only epoch whose numbers 004 prints. */
function firstEpoch(runs: readonly RunRecord[]): Finding {
  const told = printed.claims.firstEpoch
  const names = ['loss', 'accuracy', 'valLoss', 'valAccuracy'] as const
  const here = names.map(name => statisticOf(runs.map(({ run }) => run.history[name]?.[0] ?? Number.NaN)))
  const validation = here[3]!
  const images = runs[0]!.images.train / 5
  const { width, verdict } = compareAccuracy(
    { accuracy: told.valAccuracy, count: images },
    { accuracy: validation.mean, count: images, seeds: validation.n, std: validation.std },
  )
  const few = validation.n === 1 ? 'undecided' : 'contradicted'
  return {
    kind: verdict === 'within' ? 'confirmed' : few,
    claim: 'The first epoch, the only one that is printed.',
    found: `Its validation accuracy and that here (${plural(validation.n, 'seed')}) are ${points(validation.mean - told.valAccuracy)} points apart; ${validation.n > 1 ? 'seeds and images' : 'images'} explain up to ±${(100 * width).toFixed(2)}.`,
    table: tableOf(
      names.map((name, i) => ({ name, ...here[i]! })),
      [
        ['measure', 'First epoch', ({ name }) => name],
        ['printed', 'Printed', ({ name }) => told[name], fixed(4)],
        ['here', 'Here, mean', ({ mean }) => mean, fixed(4)],
        ['std', '± std', ({ n, std }) => (n > 1 ? std : null), fixed(4)],
      ],
    ),
  }
}
