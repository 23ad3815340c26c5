import { basename, dirname } from 'node:path'
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
import { reduction, transferModel } from './transfer-models.ts'

/** An experiment that was made for a folder of images, and the reasons for what it holds, as lines for a terminal. */
export interface PhotoExperiment {
  readonly experiment: ExperimentSpec
  readonly chosen: readonly (readonly [name: string, text: string])[]
}

/** Larger pictures are reduced to this many pixels a side: enough to distinguish most things, and training takes minutes. */
const USUAL_SIDE = 64
/** A convolution with max pooling needs some room. */
export const LEAST_SIDE = 4
const TEST_SHARE = 0.2
const VALIDATION_SHARE = 0.2
/** A head alone is a simple problem, with few steps to solve it. */
const HEAD_RATE = 0.01
/** Steps that a small network takes to learn; a training is as many epochs as make them. */
const STEPS = 2500

/**
 * A sensible first experiment for a folder of images: a small convolutional network, trained until its validation loss has not improved
 * for a while, tested on images that it never saw. With a backbone, a new head behind that file's layers, which stay as they are, and the
 * small network beside it. It depends on folder and file alone. Relative to the folder above.
 */
export async function photoExperiment(
  folder: string,
  {
    imageSize,
    backbone,
  }: { readonly imageSize?: number | undefined; readonly backbone?: string | undefined } = {},
): Promise<PhotoExperiment> {
  const survey = await surveyImageFolder(folder)
  const { classNames, validation, test } = survey
  const transfer =
    backbone === undefined
      ? null
      : await transferModel(backbone, { baseDir: dirname(folder), classes: classNames.length })
  const usual = transfer?.size ?? usualSize(survey)
  const size = imageSize === undefined ? usual : ([imageSize, imageSize] as const)
  const colorMode = transfer?.colorMode ?? survey.colorMode
  const isColour = colorMode === 'rgb'
  const trained =
    survey.train * (test === null ? 1 - TEST_SHARE : 1) * (validation === null ? 1 - VALIDATION_SHARE : 1)
  const batchSize = trained < 500 ? 16 : 32
  const epochs = Math.min(60, Math.max(15, Math.round((STEPS * batchSize) / trained)))
  const patience = Math.max(8, Math.round(epochs / 4))
  const reduced = transfer ? reduction(size, USUAL_SIDE) : []
  const blocks = Math.max(1, Math.min(3, Math.floor(Math.log2(Math.min(USUAL_SIDE, ...size) / 4))))
  const augmentation = [
    ...(isColour ? [randomFlip({ mode: 'horizontal' })] : []),
    randomRotation({ factor: 0.03 }),
    randomTranslation({ heightFactor: 0.1, widthFactor: 0.1 }),
  ]
  const name = nameOfPath(folder)
  return {
    experiment: experiment({
      name: name.replace(/[^\w.-]+/g, '-').replace(/^\W+|\W+$/g, '') || 'photos',
      data: imageFolder({ path: basename(folder), imageSize: size, colorMode, testSplit: TEST_SHARE }),
      models: {
        ...(transfer && { transfer: transfer.model }),
        'small-cnn': smallCnn(blocks, classNames.length, reduced),
      },
      train: {
        optimizer: adam(),
        loss: 'sparseCategoricalCrossentropy',
        epochs,
        batchSize,
        ...(validation === null && { validationSplit: VALIDATION_SHARE, stratify: true }),
        augmentation,
        callbacks: [earlyStopping({ patience, restoreBestWeights: true })],
      },
      // What stays as it is gives the same for the same image: without changes, it is enough to learn the head.
      ...(transfer && {
        overrides: {
          transfer: {
            augmentation: [],
            optimizer: adam({ learningRate: HEAD_RATE }),
            pixelRange: transfer.pixelRange,
          },
        },
      }),
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
      ...(transfer
        ? [
            [
              'Network',
              `transfer: ${transfer.text}; dropout and ${classNames.length} outputs behind them`,
            ] as const,
          ]
        : []),
      [
        transfer ? 'Beside it' : 'Network',
        `small-cnn: ${plural(blocks, 'convolution')} of 3 × 3 with max pooling, dropout, ${classNames.length} outputs`,
      ],
      [
        'Training',
        `Adam, at most ${epochs} epochs; it stops after ${patience} epochs without a better validation loss, and keeps the best epoch. ` +
          `Training images ${transfer ? 'of small-cnn ' : ''}are ${isColour ? 'mirrored, ' : ''}turned and moved a little`,
      ],
    ],
  }
}

function smallCnn(blocks: number, classes: number, before: readonly LayerSpec[]) {
  const block = (filters: number): LayerSpec[] => [
    conv2d({ filters, kernelSize: 3, padding: 'same', activation: 'relu' }),
    maxPooling2d(),
  ]
  return sequential([
    ...before,
    ...[16, 32, 64].slice(0, blocks).flatMap(block),
    flatten(),
    dropout({ rate: 0.4 }),
    dense({ units: 64, activation: 'relu' }),
    dense({ units: classes, activation: 'softmax' }),
  ])
}

/**
 * The size at which pictures of a folder are looked at: that of the files where it is one and small, and at least that of `--image-size`;
 * else a square that is not larger than most of them.
 */
export function usualSize({ isOneSize, largest, medianSide }: FolderSurvey): Pair {
  const [height, width] = largest
  if (isOneSize && Math.max(height, width) <= USUAL_SIDE)
    return [Math.max(LEAST_SIDE, height), Math.max(LEAST_SIDE, width)]
  const side = Math.min(USUAL_SIDE, Math.max(16, 8 * Math.floor(medianSide / 8)))
  return [side, side]
}

function sizesOf({ isOneSize, smallest, largest }: FolderSurvey): string {
  return isOneSize
    ? `${smallest.join(' × ')} pixels`
    : `from ${smallest.join(' × ')} to ${largest.join(' × ')} pixels`
}
