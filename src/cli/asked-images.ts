import { HeddleError, UsageError } from '../base/errors.ts'
import { type Shape, sizeOf } from '../base/shape.ts'
import { systemReason } from '../base/system-errors.ts'
import type { Dataset } from '../data/dataset.ts'
import { checkImageShape } from '../data/examples.ts'
import type { Preparation } from '../data/preparation.ts'
import { type DecodedImage, imageDecoder } from '../data/sources/decode.ts'
import type { Backend } from '../engine/backend.ts'
import type { Network } from '../network/network.ts'
import { loadModel } from '../network/saved-model.ts'
import type { ValuesOf } from './command.ts'
import { loading } from './loading.ts'
import { namedData } from './named-data.ts'
import { isModelFile, namedRun } from './named-run.ts'
import { dataOptions, indexOption, labelledData, skipUnreadable, splitOption } from './options.ts'
import type { Terminal } from './terminal.ts'

/** How images of a dataset are named on the command line; a split that is left out is the test. */
export const askedOptions = {
  data: labelledData,
  split: splitOption,
  index: indexOption,
  skipUnreadable,
  ...dataOptions,
}

type Asked = ValuesOf<typeof askedOptions>

/** Images to ask about, as bytes one after the other. */
export interface AskedImages {
  readonly names: readonly string[]
  /** The class that the dataset gives each; `null` for files. */
  readonly labels: readonly string[] | null
  readonly bytes: Uint8Array
  /** Files that are left out, with the reason. */
  readonly unreadable: readonly UnreadableFile[]
}

export interface UnreadableFile {
  readonly file: string
  readonly reason: string
}

/** What is asked: the size that it takes, and how a picture gets it. */
export interface AskedModel {
  readonly inputShape: Shape
  /** `null`: it takes no pictures. */
  readonly preparation: Preparation | null
}

/** The model of a file, or the one that a run has kept: see `namedRun`. */
export async function namedModel(wanted: string, backend: Backend): Promise<Network> {
  if (isModelFile(wanted)) return loadModel(wanted, { backend })
  const { withStore } = await import('./named-run.ts')
  const { storedModel } = await import('../runs/stored.ts')
  return await withStore(async store =>
    storedModel(store, await store.run(await namedRun(store, wanted)), backend),
  )
}

/** The images that files or flags name, in the size that a model takes. Throws a `UsageError` that says what is expected. */
export function askedImages(
  files: readonly string[],
  asked: Asked,
  model: AskedModel,
  terminal: Terminal,
): Promise<AskedImages> {
  return asked.data === undefined
    ? decoded(files, asked, model, terminal)
    : picked(files, asked, model, terminal)
}

async function decoded(
  files: readonly string[],
  { index, split }: Asked,
  { inputShape, preparation }: AskedModel,
  terminal: Terminal,
): Promise<AskedImages> {
  const ofData = index !== undefined ? '--index' : split !== undefined ? '--split' : null
  if (files.length > 0 && ofData) {
    throw new UsageError(
      `${ofData} picks images of labelled data, which --data names: give --data in place of the files, or leave ${ofData} out.`,
    )
  }
  if (files.length === 0) {
    throw new UsageError(
      'Name image files, as in heddle predict model.safetensors shoe.png; or images of labelled data: --data photos --index 0,5.',
    )
  }
  const address = files.find(file => /^[a-z][a-z\d+.-]+:\/\//i.test(file))
  if (address) {
    throw new UsageError(
      `${address} is an address, and images are read from files. Download it first, or send it on: curl -s ${address} | heddle predict last -`,
    )
  }
  if (!preparation) {
    throw new UsageError(
      `The model takes ${inputShape.join(' × ')}, which no image file has: expected 1 or 3 channels.`,
    )
  }
  const decode = await imageDecoder(preparation.colorMode, preparation.imageSize, preparation)
  const images: { readonly name: string; readonly image: DecodedImage }[] = []
  const unreadable: UnreadableFile[] = []
  for (const file of files) {
    try {
      const image = await decode(file === '-' ? await standardInput() : file)
      images.push({ name: file, image })
    } catch (error) {
      unreadable.push({ file, reason: systemReason(error).split('\n')[0]! })
    }
  }
  if (images.length === 0) throw unreadableError(unreadable, files.length)
  noticePreparation(images, preparation, terminal)
  const size = sizeOf(inputShape)
  const bytes = new Uint8Array(images.length * size)
  for (const [i, { image }] of images.entries()) bytes.set(image.pixels, i * size)
  return { names: images.map(({ name }) => name), labels: null, bytes, unreadable }
}

async function standardInput(): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for await (const part of process.stdin) parts.push(part)
  return Buffer.concat(parts)
}

export function unreadableError(unreadable: readonly UnreadableFile[], total: number): HeddleError {
  if (total === 1)
    return new HeddleError(`${unreadable[0]!.file} cannot be read as an image: ${unreadable[0]!.reason}`)
  const lines = unreadable.map(({ file, reason }) => `\n  - ${file}: ${reason}`).join('')
  return new HeddleError(`${unreadable.length} of ${total} images cannot be read:${lines}`)
}

/** Prints how pictures were changed in ways that you may not expect. */
function noticePreparation(
  images: readonly { readonly name: string; readonly image: DecodedImage }[],
  { bits, crop, imageSize }: Preparation,
  terminal: Terminal,
): void {
  const photos = images.filter(({ image }) => !image.facts.isReady)
  if (crop === 'thing' && photos.length > 0) {
    const light = photos.filter(({ image }) => image.facts.isInverted).length
    terminal.notice(
      `Prepared as the images of the training were made: ${photos.length} cut to the thing that they show, ${light} ` +
        `inverted as their background is light. A picture of ${imageSize!.join(' × ')} pixels is taken as it is.`,
    )
  }
  for (const { name, image } of images) {
    if (bits !== null || image.facts.bits === null) continue
    const used = image.facts.bits
    terminal.notice(
      `${name} has 16 bits a channel and its levels need ${used}: level ${2 ** used - 1} becomes white, and 8 bits are kept.`,
    )
  }
}

async function picked(
  files: readonly string[],
  { data: wanted, split = 'test', index: indices = [0], dataDir, skipUnreadable }: Asked,
  model: AskedModel,
  terminal: Terminal,
): Promise<AskedImages> {
  if (files.length > 0)
    throw new UsageError(`Give either image files or --data, not both: ${files.join(' ')}.`)
  const named = await namedData(wanted!, { ...model, skipUnreadable })
  const data = await loading({ terminal, dataDir }, named.load)
  checkImageShape(data, model.inputShape)
  return imagesOf(data, split, indices)
}

/** These images of a dataset. */
export function imagesOf(
  { classNames, ...data }: Dataset,
  split: 'train' | 'test',
  indices: readonly number[],
): AskedImages {
  const { images, labels } = data[split].take(indices)
  return {
    names: indices.map(i => `${split} ${i}`),
    labels: Array.from(labels, label => classNames[label]!),
    bytes: images,
    unreadable: [],
  }
}
