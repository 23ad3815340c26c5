import { basename } from 'node:path'
import type { Pair } from '../base/schema.ts'
import { plural } from '../base/text.ts'
import { randomFlip, randomRotation, randomTranslation } from '../data/augment/index.ts'
import { imageFolder } from '../data/source.ts'
import { nameOfPath } from '../data/sources/name-of-path.ts'
import { type FolderSurvey, surveyImageFolder } from '../data/sources/survey.ts'
import { sequential } from '../model/graph.ts'
import { conv2d, dense, dropout, flatten, type LayerSpec, maxPooling2d } from '../nn/layers/index.ts'
import { adam } from '../nn/optimizers/index.ts'
import { earlyStopping } from './callbacks/early-stopping.ts'
import { type ExperimentSpec, experiment } from './experiment.ts'

/** An experiment that was made for a folder of images, and the reasons for what it holds, as lines for a terminal. */
export interface PhotoExperiment {
  readonly experiment: ExperimentSpec
  readonly chosen: readonly (readonly [name: string, text: string])[]
}

/** Larger pictures are reduced to this many pixels a side: enough to distinguish most things, and training takes minutes. */
const USUAL_SIDE = 64
const TEST_SHARE = 0.2
const VALIDATION_SHARE = 0.2
/** Steps that a small network takes to learn; a training is as many epochs as make them. */
const STEPS = 2500

/**
 * A sensible first experiment for a folder of images: a small convolutional network, trained until its validation loss has not improved
 * for a while, tested on images that it never saw. It depends on the folder alone. Relative to the folder above.
 */
export async function photoExperiment(folder: string, imageSize?: number): Promise<PhotoExperiment> {
  const survey = await surveyImageFolder(folder)
  const size = imageSize === undefined ? sizeFor(survey) : ([imageSize, imageSize] as const)
  const { colorMode, classNames, validation, test } = survey
  const isColour = colorMode === 'rgb'
  const trained =
    survey.train * (test === null ? 1 - TEST_SHARE : 1) * (validation === null ? 1 - VALIDATION_SHARE : 1)
  const batchSize = trained < 500 ? 16 : 32
  const epochs = Math.min(60, Math.max(15, Math.round((STEPS * batchSize) / trained)))
  const patience = Math.max(8, Math.round(epochs / 4))
  const blocks = Math.max(1, Math.min(3, Math.floor(Math.log2(Math.min(...size) / 4))))
  const name = nameOfPath(folder)
  return {
    experiment: experiment({
      name: name.replace(/[^\w.-]+/g, '-').replace(/^\W+/, '') || 'photos',
      data: imageFolder({ path: basename(folder), imageSize: size, colorMode, testSplit: TEST_SHARE }),
      models: { 'small-cnn': smallCnn(blocks, classNames.length) },
      train: {
        optimizer: adam(),
        loss: 'sparseCategoricalCrossentropy',
        epochs,
        batchSize,
        ...(validation === null && { validationSplit: VALIDATION_SHARE, stratify: true }),
        augmentation: [
          ...(isColour ? [randomFlip({ mode: 'horizontal' })] : []),
          randomRotation({ factor: 0.03 }),
          randomTranslation({ heightFactor: 0.1, widthFactor: 0.1 }),
        ],
        callbacks: [earlyStopping({ patience, restoreBestWeights: true })],
      },
    }),
    chosen: [
      ['Images', `${size.join(' × ')} in ${isColour ? 'color' : 'grey'}; the files are ${sizesOf(survey)}`],
      [
        'Held out',
        [
          test === null ? `${100 * TEST_SHARE} % of each class to test` : 'the folder of test images',
          validation === null
            ? `${100 * VALIDATION_SHARE} % of each class of the others to validate`
            : 'the folder of validation images',
        ].join(', '),
      ],
      [
        'Network',
        `small-cnn: ${plural(blocks, 'convolution')} of 3 × 3 with max pooling, dropout, ${classNames.length} outputs`,
      ],
      [
        'Training',
        `Adam, at most ${epochs} epochs; it stops after ${patience} epochs without a better validation loss, and keeps the best epoch. ` +
          `Training images are ${isColour ? 'mirrored, ' : ''}turned and moved a little`,
      ],
    ],
  }
}

function smallCnn(blocks: number, classes: number) {
  const block = (filters: number): LayerSpec[] => [
    conv2d({ filters, kernelSize: 3, padding: 'same', activation: 'relu' }),
    maxPooling2d(),
  ]
  return sequential([
    ...[16, 32, 64].slice(0, blocks).flatMap(block),
    flatten(),
    dropout({ rate: 0.4 }),
    dense({ units: 64, activation: 'relu' }),
    dense({ units: classes, activation: 'softmax' }),
  ])
}

/** The size of the files where it is one and small; else a square that is not larger than most of them. */
function sizeFor({ isOneSize, largest, medianSide }: FolderSurvey): Pair {
  if (isOneSize && Math.max(...largest) <= USUAL_SIDE) return largest
  const side = Math.min(USUAL_SIDE, Math.max(16, 8 * Math.floor(medianSide / 8)))
  return [side, side]
}

function sizesOf({ isOneSize, smallest, largest }: FolderSurvey): string {
  return isOneSize
    ? `${smallest.join(' × ')} pixels`
    : `from ${smallest.join(' × ')} to ${largest.join(' × ')} pixels`
}
