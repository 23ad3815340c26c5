import { existsSync } from 'node:fs'
import type { Dataset } from '../../data/dataset.ts'
import { loadDataset } from '../../data/source.ts'
import { type ColorMode, imageDecoder } from '../../data/sources/decode.ts'
import { table } from '../../report/table.ts'
import { HeddleError, UsageError } from '../../spec/errors.ts'
import { oneOf } from '../../spec/fields.ts'
import { type Shape, sizeOf } from '../../tensor/shape.ts'
import { predict as outputsOf } from '../../train/predict.ts'
import { loadModel } from '../../train/saved-model.ts'
import { chooseEngine } from '../choose-engine.ts'
import { interruptible, unlessAborted } from '../interrupt.ts'
import { datasetName, sourceOf } from '../known-datasets.ts'
import { tellLoading } from '../loading.ts'
import { resolveSettings, wholeNumber } from '../settings.ts'
import type { Terminal } from '../terminal.ts'

export interface PredictFlags {
  readonly data?: string
  readonly split?: string
  readonly index?: readonly string[]
  readonly threads?: string
  readonly backend?: string
  readonly dataDir?: string
  readonly json?: boolean
}

/** Images to ask about, as bytes one after the other. */
interface Asked {
  readonly names: readonly string[]
  /** The class that the dataset gives each; `null` for files. */
  readonly labels: readonly string[] | null
  readonly bytes: Uint8Array
}

/** `heddle predict`: what a trained model makes of images. */
export async function predict(
  path: string,
  files: readonly string[],
  flags: PredictFlags,
  terminal: Terminal,
): Promise<void> {
  const backend = chooseEngine(resolveSettings(flags, process.env), terminal)
  const { network, classNames, pixelRange } = await loadModel(await modelFile(path), { backend })
  const { inputShape } = network.model
  const asked =
    flags.data === undefined
      ? await decoded(files, flags, inputShape)
      : await picked(files, flags, inputShape, terminal)
  const outputs = await outputsOf(network, asked.bytes, { pixelRange })
  const width = outputs.length / asked.names.length
  const names = Array.from({ length: width }, (_, i) => classNames[i] ?? `output ${i}`)
  const answers = asked.names.map((image, i) => {
    const row = [...outputs.subarray(i * width, (i + 1) * width)]
    const best = row.indexOf(Math.max(...row))
    return {
      image,
      ...(asked.labels && { label: asked.labels[i]! }),
      class: names[best]!,
      probability: row[best]!,
      probabilities: Object.fromEntries(names.map((name, j) => [name, row[j]!])),
    }
  })
  if (flags.json) terminal.print(JSON.stringify({ model: path, answers }, null, 2))
  else terminal.print(answerTable(answers))
}

/** The file itself, or the model that a run of this name has kept. */
async function modelFile(wanted: string): Promise<string> {
  if (existsSync(wanted) || /[./\\]/.test(wanted)) return wanted
  const { withStore } = await import('../open-store.ts')
  return await withStore(async store => {
    const id = await store.find(wanted)
    const path = await store.artefactPath(id, 'model.safetensors')
    if (path) return path
    throw new UsageError(
      `The run ${id} has kept no model: it was not trained to its end. Run "heddle resume ${id}".`,
    )
  })
}

function answerTable(
  answers: readonly {
    readonly image: string
    readonly label?: string
    readonly class: string
    readonly probability: number
  }[],
): string {
  const labelled = answers[0]!.label !== undefined
  return table(
    [
      { title: 'Image', align: 'left' },
      ...(labelled ? ([{ title: 'Label', align: 'left' }] as const) : []),
      { title: 'Class', align: 'left' },
      { title: 'Probability', align: 'right' },
    ],
    answers.map(answer => [
      answer.image,
      ...(labelled ? [answer.label!] : []),
      answer.class,
      answer.probability.toFixed(4),
    ]),
  )
}

async function decoded(
  files: readonly string[],
  { index, split }: PredictFlags,
  inputShape: Shape,
): Promise<Asked> {
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
  { data: wanted, split: wantedSplit, index, dataDir }: PredictFlags,
  inputShape: Shape,
  terminal: Terminal,
): Promise<Asked> {
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

function checkImages({ name, imageShape }: Dataset, inputShape: Shape): void {
  if (sizeOf(imageShape) === sizeOf(inputShape)) return
  throw new UsageError(
    `The model takes images of ${inputShape.join(' × ')}, but those of ${name} are ${imageShape.join(' × ')}.`,
  )
}
