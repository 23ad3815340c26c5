import type { Dataset } from '../../data/dataset.ts'
import { oneHot } from '../../data/labels.ts'
import { formatReport } from '../../insight/evaluate/classification-report.ts'
import { summary } from '../../model/summary.ts'
import type { ReportedModel, ReportMaterial } from '../../runs/gather-report.ts'
import { kerasProgress } from '../keras-progress.ts'
import { modelCode, modelImports } from '../model-code.ts'
import { numpyArray } from '../numpy.ts'
import { fileName, type Listing } from './figure.ts'

/** Every listing about models and their data. */
export function listingsOf({ data, models }: ReportMaterial): Listing[] {
  return [...arraysListings(data), ...models.flatMap(modelListings)]
}

/** The code of a model, and what Keras and scikit-learn print about it. */
function modelListings({ name, model, runs, evaluation }: ReportedModel): Listing[] {
  const file = fileName(name)
  const { run, epochs } = runs[0]!
  return [
    codeListing(name, model.spec),
    {
      name: `summary-${file}`,
      caption: `Summary of ${name} in the layout of Keras.`,
      text: summary(model, name),
    },
    {
      name: `progress-${file}`,
      caption: `Training of ${name}, seed ${run.seed}, as Keras prints it.`,
      text: kerasProgress(epochs, run.stepsPerEpoch),
    },
    {
      name: `classification-report-${file}`,
      caption: `Classification report of ${name}, seed ${run.seed}, in the layout of scikit-learn.`,
      text: formatReport(evaluation.report),
    },
  ]
}

/** A model as you would write it. */
export function codeListing(name: string, spec: ReportedModel['model']['spec']): Listing {
  return {
    name: `code-${fileName(name)}`,
    caption: `The code of ${name}.`,
    text: `import { ${modelImports([spec]).join(', ')} } from 'heddle'\n\nexport const model = ${modelCode(spec)}`,
    extension: 'ts',
  }
}

/** What can be printed as a notebook shows it. */
const MOST_NUMBERS = 1000

/** The second example of either split, as a notebook shows it; none of large or coloured images. */
function arraysListings(data: Dataset): Listing[] {
  const [height, width, channels] = data.imageShape
  const isShown =
    channels === 1 && height * width <= MOST_NUMBERS && Math.min(data.train.count, data.test.count) > 1
  return isShown
    ? [
        {
          name: 'arrays',
          caption:
            'The second training image and the second test image as arrays, with their labels one-hot.',
          text: arraysText(data),
        },
      ]
    : []
}

/** The second example of either split as NumPy prints it. */
export function arraysText({
  train,
  test,
  imageShape,
  classNames,
}: Pick<Dataset, 'train' | 'test' | 'imageShape' | 'classNames'>): string {
  return Object.entries({ train, test })
    .flatMap(([name, examples]) => [
      `>>> ${name}_x[1]`,
      numpyArray(examples.at(1), imageShape.slice(0, 2), 'uint8'),
      `>>> ${name}_y[1]`,
      numpyArray(oneHot(examples.labels.slice(1, 2), classNames.length), [classNames.length], 'float32'),
    ])
    .join('\n')
}
