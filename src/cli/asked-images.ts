import { existsSync } from 'node:fs'
import type { Dataset } from '../data/dataset.ts'
import { loadDataset } from '../data/source.ts'
import { type ColorMode, imageDecoder } from '../data/sources/decode.ts'
import { HeddleError, UsageError } from '../spec/errors.ts'
import { oneOf } from '../spec/fields.ts'
import { type Shape, sizeOf } from '../tensor/shape.ts'
import { interruptible, unlessAborted } from './interrupt.ts'
import { datasetName, sourceOf } from './known-datasets.ts'
import { tellLoading } from './loading.ts'
import { wholeNumber } from './settings.ts'
import type { Terminal } from './terminal.ts'

/** How images of a dataset are named on the command line. */
export interface AskedFlags {
  readonly data?: string
  readonly split?: string
  readonly index?: readonly string[]
  readonly dataDir?: string
}

/** Images to ask about, as bytes one after the other. */
export interface AskedImages {
  readonly names: readonly string[]
  /** The class that the dataset gives each; `null` for files. */
  readonly labels: readonly string[] | null
  readonly bytes: Uint8Array
}

/** The file itself, or the model that a run of this name has kept. */
export async function modelFile(wanted: string): Promise<string> {
  if (existsSync(wanted) || /[./\\]/.test(wanted)) return wanted
  const { withStore } = await import('./open-store.ts')
  return await withStore(async store => {
    const id = await store.find(wanted)
    const path = await store.artefactPath(id, 'model.safetensors')
    if (path) return path
    throw new UsageError(
      `The run ${id} has kept no model: it was not trained to its end. Run "heddle resume ${id}".`,
    )
  })
}

/** The images that files or flags name, in the size that a model takes. Throws a `UsageError` that says what is expected. */
export function askedImages(
  files: readonly string[],
  flags: AskedFlags,
  inputShape: Shape,
  terminal: Terminal,
): Promise<AskedImages> {
  return flags.data === undefined
    ? decoded(files, flags, inputShape)
    : picked(files, flags, inputShape, terminal)
}

async function decoded(
  files: readonly string[],
  { index, split }: AskedFlags,
  inputShape: Shape,
): Promise<AskedImages> {
  if (files.length === 0 || index !== undefined || split !== undefined) {
    throw new UsageError(
      'Name image files, as in heddle predict model.safetensors shoe.png; or images of a dataset: --data fashion-mnist --index 0,5.',
    )
  }
  const [height, width, channels] = inputShape
  const modes: Readonly<Record<number, ColorMode>> = { 1: 'grayscale', 3: 'rgb' }
  const mode = inputShape.length === 3 ? modes[channels!] : undefined
  if (!mode) {
    throw new UsageError(
      `The model takes ${inputShape.join(' × ')}, which no image file has: expected 1 or 3 channels.`,
    )
  }
  const decode = await imageDecoder(mode, [height!, width!])
  const size = sizeOf(inputShape)
  const bytes = new Uint8Array(files.length * size)
  for (const [i, file] of files.entries()) {
    const { pixels } = await decode(file).catch((error: Error) => {
      throw new HeddleError(`${file} cannot be read as an image: ${error.message.split('\n')[0]}.`)
    })
    bytes.set(pixels, i * size)
  }
  return { names: files, labels: null, bytes }
}

async function picked(
  files: readonly string[],
  { data: wanted, split: wantedSplit, index, dataDir }: AskedFlags,
  inputShape: Shape,
  terminal: Terminal,
): Promise<AskedImages> {
  if (files.length > 0)
    throw new UsageError(`Give either image files or --data, not both: ${files.join(' ')}.`)
  const split = oneOf(['train', 'test'], 'test').parse(wantedSplit ?? 'test', '--split')
  const indices = (index ?? ['0']).map(text => wholeNumber({ name: '--index', text }, 0))
  const source = sourceOf(datasetName(wanted!))
  const data = await interruptible(signal =>
    unlessAborted(signal, loadDataset(source, { dataDir, ...tellLoading(terminal) })),
  )
  checkImages(data, inputShape)
  const { images, labels } = data[split]
  const outside = indices.find(i => i >= labels.length)
  if (outside !== undefined) {
    throw new UsageError(
      `--index ${outside}: the ${split} split of ${data.name} has the images 0 to ${labels.length - 1}.`,
    )
  }
  const size = sizeOf(inputShape)
  const bytes = new Uint8Array(indices.length * size)
  for (const [i, from] of indices.entries())
    bytes.set(images.subarray(from * size, (from + 1) * size), i * size)
  return {
    names: indices.map(i => `${split} ${i}`),
    labels: indices.map(i => data.classNames[labels[i]!]!),
    bytes,
  }
}

export function checkImages({ name, imageShape }: Dataset, inputShape: Shape): void {
  if (sizeOf(imageShape) === sizeOf(inputShape)) return
  throw new UsageError(
    `The model takes images of ${inputShape.join(' × ')}, but those of ${name} are ${imageShape.join(' × ')}.`,
  )
}
