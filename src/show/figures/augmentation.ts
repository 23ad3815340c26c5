import type { Dataset } from '../../data/dataset.ts'
import { tableOf } from '../../protocol/table.ts'
import type { ReportedModel } from '../../runs/gather-report.ts'
import { augmentFor } from '../../train/augment.ts'
import { type ExperimentSpec, trainingOf } from '../../train/experiment.ts'
import { trainOptionText } from '../../train/options.ts'
import { augmentationGrid } from '../augmentation-grid.ts'
import { type Figure, fileName } from './figure.ts'

const IMAGES = 6
const VERSIONS = 7

/** What training makes of the first images, for each augmentation that models were trained with. */
export function augmentationFigures(data: Dataset, models: readonly ReportedModel[]): Figure[] {
  const trainings = new Map<string, ReportedModel[]>()
  for (const model of models) {
    const key = JSON.stringify(augmentationOf(model))
    trainings.set(key, [...(trainings.get(key) ?? []), model])
  }
  const several = trainings.size > 1
  return [...trainings.values()].flatMap(alike => {
    const [first] = alike as [ReportedModel]
    const { seed } = first.runs[0]!.run
    const augmentation = augmentationOf(first)
    const augment = augmentFor({ augmentation, pixelRange: 'raw' }, { shape: data.imageShape, seed })
    if (!augment) return []
    const images = Array.from({ length: Math.min(IMAGES, data.train.count) }, (_, i) => ({
      label: data.classNames[data.train.labels[i]!]!,
      pixels: data.train.at(i),
    }))
    const options = trainOptionText('augmentation', augmentation)
    return [
      {
        name: several ? `augmentation-${fileName(first.name)}` : 'augmentation',
        caption: `Training images before and after the augmentation of ${alike.map(({ name }) => name).join(', ')} in the first ${VERSIONS} training steps: ${options}.`,
        draw: () => augmentationGrid(images, { augment, versions: VERSIONS }, ''),
        data: tableOf(
          images.map(({ label }, index) => ({ label, index })),
          [
            ['index', 'Training image', ({ index }) => index],
            ['class', 'Class', ({ label }) => label],
            ['augmentation', 'Augmentation', () => options],
            ['seed', 'Seed', () => seed],
          ],
        ),
      },
    ]
  })
}

function augmentationOf({ experiment, runs }: ReportedModel): ExperimentSpec['train']['augmentation'] {
  return trainingOf(experiment, runs[0]!.run.model).augmentation
}
