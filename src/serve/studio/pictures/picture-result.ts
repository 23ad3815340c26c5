import { relative, sep } from 'node:path'
import { HeddleError } from '../../../base/errors.ts'
import { argMax } from '../../../base/maths.ts'
import type { Dataset } from '../../../data/dataset.ts'
import { wilsonInterval } from '../../../insight/statistics/noise.ts'
import type { Mistake, PictureResult, Tested } from '../../../protocol/pictures.ts'
import { storedPredictions } from '../../../runs/stored.ts'
import type { StudioContext } from '../context.ts'
import type { PictureFolder } from './picture-folder.ts'

/** What a run makes of the test pictures of a folder, in all and by class, and which it took for another class. */
export async function pictureResult(
  folder: PictureFolder,
  run: string,
  { store, datasets }: Pick<StudioContext, 'store' | 'datasets'>,
): Promise<PictureResult> {
  const id = await store.find(run)
  const { labels, probabilities, classNames } = await storedPredictions(store, await store.run(id))
  const count = classNames.length
  const predicted = Array.from(labels, (_, i) => argMax(probabilities, i * count, count))
  const tested = (indices: readonly number[]): Tested => {
    const right = indices.filter(i => predicted[i] === labels[i]).length
    // Without pictures, everything is possible.
    const interval =
      indices.length === 0 ? ([0, 1] as const) : wilsonInterval(right / indices.length, indices.length)
    return { right, count: indices.length, interval }
  }
  const all = [...labels.keys()]
  const data = await datasets.ofRun(id).catch(error => {
    if (error instanceof HeddleError) return null
    throw error
  })
  return {
    all: tested(all),
    classes: classNames.map((name, k) => ({ name, ...tested(all.filter(i => labels[i] === k)) })),
    mistakes:
      data &&
      (await mistakesOf(folder, data, {
        classNames,
        wrong: all
          .filter(i => predicted[i] !== labels[i])
          .map(i => ({
            index: i,
            label: labels[i]!,
            predicted: predicted[i]!,
            confidence: probabilities[i * count + predicted[i]!]!,
          })),
      })),
  }
}

interface Wrong {
  readonly index: number
  readonly label: number
  readonly predicted: number
  readonly confidence: number
}

async function mistakesOf(
  folder: PictureFolder,
  { test }: Dataset,
  { classNames, wrong }: { readonly classNames: readonly string[]; readonly wrong: readonly Wrong[] },
): Promise<Mistake[]> {
  const { classes } = await folder.list()
  const known = new Map(classes.flatMap(({ pictures }) => pictures.map(picture => [picture.id, picture])))
  return wrong
    .toSorted((a, b) => b.confidence - a.confidence)
    .flatMap(({ index, label, predicted, confidence }) => {
      const file = test.files?.[index] ?? ''
      const picture = known.get(relative(folder.path, file).split(sep).join('/'))
      return picture
        ? [{ picture, label: classNames[label]!, predicted: classNames[predicted]!, confidence }]
        : []
    })
}
