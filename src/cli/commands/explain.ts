import { didYouMean, HeddleError, UsageError } from '../../base/errors.ts'
import { unlessAborted } from '../../base/interruption.ts'
import { integer, oneOf, text } from '../../base/schema.ts'
import { sizeOf } from '../../base/shape.ts'
import type { Dataset } from '../../data/dataset.ts'
import { checkImageShape } from '../../data/examples.ts'
import { activations, explainImages, firstFilters, pcaEmbedding } from '../../insight/explain/index.ts'
import { occlusionWindow } from '../../insight/explain/occlusion.ts'
import { umapEmbedding } from '../../insight/explain/umap.ts'
import type { Network } from '../../network/network.ts'
import type { ImageExplanation, ModelExplanation } from '../../protocol/explanations.ts'
import { toJson } from '../../protocol/json.ts'
import { storedData } from '../../runs/stored.ts'
import type { ExplainedImage } from '../../show/explanation-pictures.ts'
import type { Picture } from '../../show/picture.ts'
import { left, right, table } from '../../show/table.ts'
import {
  type AskedModel,
  askedImages,
  askedOptions,
  imagesOf,
  namedModel,
  unreadableError,
} from '../asked-images.ts'
import { anyNumber, command, listOf, option, type ValuesOf } from '../command.ts'
import { imageFiles } from '../image-files.ts'
import { loading } from '../loading.ts'
import { namedData } from '../named-data.ts'
import { isModelFile, namedRun, withStore } from '../named-run.ts'
import {
  chooseEngine,
  engineOptions,
  jsonOption,
  modelArgument,
  outOption,
  seed,
  storedDataOptions,
} from '../options.ts'
import type { OutFolder } from '../output-paths.ts'
import type { Terminal } from '../terminal.ts'
import { interruptible } from '../terminal.ts'

/** Images of each class that are explained where none are named. */
const PER_CLASS = 4
const WHERE_MAPS_ARE = 'The maps themselves: --out <folder> (pictures), --json (numbers).'
/** Images of an embedding. */
const EMBEDDED = 1_000

const options = {
  ...askedOptions,
  ...storedDataOptions,
  perClass: option(integer(), {
    help: 'without --index: the first n images of each class',
    otherwise: String(PER_CLASS),
  }),
  class: option(text(), { help: 'the evidence for this class', otherwise: 'the one that the model gives' }),
  layer: option(text(), {
    help: 'where Grad-CAM looks',
    otherwise: 'the last layer that learns or joins and has places',
  }),
  embed: option(listOf(oneOf(['pca', 'umap'])), {
    value: 'methods',
    help: `also draw ${EMBEDDED} test images as the last hidden layer sees them`,
  }),
  seed,
  out: outOption,
  ...engineOptions,
  ...jsonOption,
}

type Given = ValuesOf<typeof options>

export default command({
  summary: 'show why images get their classes',
  args: {
    model: modelArgument,
    images: anyNumber("pictures, or folders of them (default: images of the run's own dataset)"),
  },
  options,
  examples: [
    ['heddle explain last --out why', 'the newest run: a sheet for each class, filters, activation maps'],
    ['heddle explain standard-1.safetensors shoe.png --out why', 'a picture of yours'],
    ['heddle explain last --index 12 --class Sandal --out sandal', 'the evidence for another class'],
    [
      'heddle explain last --index 0 --embed pca,umap --out map',
      'and the test images as the last layer sees them',
    ],
  ],
  async run({ model: wanted, images: files, ...given }, { terminal }) {
    const { out, embed = [], json } = given
    const backend = chooseEngine(given, terminal)
    const network = await namedModel(wanted, backend)
    // Before images are read and drawn.
    if (given.class !== undefined) classNamed(given.class, network.classNames)
    const { model } = network
    const like = { inputShape: model.inputShape, preparation: network.about.preparation }
    const data = files.length > 0 ? null : await datasetOf(wanted, { given, like, terminal })
    if (data) checkImageShape(data, model.inputShape)
    if (!data && embed.length > 0) {
      throw new UsageError('--embed draws many images: leave the files out, or name a dataset with --data.')
    }
    const pictures = imageFiles(files, message => terminal.notice(message))
    const asked = data ? pickedOf(data, given) : await askedImages(pictures, given, like, terminal)
    if (asked.unreadable.length > 0) {
      const error = unreadableError(asked.unreadable, pictures.length)
      if (!given.skipUnreadable) throw error
      terminal.notice(error.message)
    }
    const explained = await interruptible(signal =>
      unlessAborted(signal, explanationOf(network, { wanted, asked, data, given, terminal })),
    )
    const size = sizeOf(model.inputShape)
    const drawn = explained.images.map(
      ({ name, label, ...explanation }, i): ExplainedImage => ({
        name,
        label,
        pixels: asked.bytes.subarray(i * size, (i + 1) * size),
        explanation,
      }),
    )
    if (out) await writeAll(out, explained, drawn, network)
    terminal.print(
      json ? toJson(explained) : `${pageOf(explained, terminal.columns)}${out ? '' : `\n${WHERE_MAPS_ARE}`}`,
    )
    if (out) terminal.notice(`Wrote ${out.files.join(', ')} to ${out.path}.`)
  },
})

type Asked = Awaited<ReturnType<typeof askedImages>>

async function explanationOf(
  network: Network,
  {
    wanted,
    asked,
    data,
    given,
    terminal,
  }: {
    readonly wanted: string
    readonly asked: Asked
    readonly data: Dataset | null
    readonly given: Given
    readonly terminal: Terminal
  },
): Promise<ModelExplanation> {
  const { bytes: images, names, labels } = asked
  const { classNames, about } = network
  const { pixelRange } = about
  const { class: wantedClass, layer, embed = [], seed } = given
  const classes =
    wantedClass === undefined ? {} : { classes: names.map(() => classNamed(wantedClass, classNames)) }
  terminal.draw({ text: `Explaining ${names.length} images` })
  const explanations = await explainImages(network, {
    images,
    pixelRange,
    ...classes,
    ...(layer && { layer }),
  })
  const size = sizeOf(network.model.inputShape)
  const embeddings = []
  for (const method of embed) {
    const test = data!.test.first(EMBEDDED)
    const question = { images: test.images, pixelRange }
    terminal.draw({ text: `Embedding ${test.count} images by ${method}` })
    const labels = Array.from(test.labels, label => data!.classNames[label]!)
    try {
      const embedding =
        method === 'pca' ? pcaEmbedding(network, question) : umapEmbedding(network, { ...question, seed })
      embeddings.push({ ...(await embedding), labels })
    } catch (error) {
      if (!(error instanceof HeddleError)) throw error
      // The rest is still worth printing where an embedding has too few images.
      terminal.notice(`Left out --embed ${method}: ${error.message}`)
    }
  }
  return {
    model: wanted,
    classNames,
    layers: network.model.layers.map(({ name, className, outputShape }) => ({
      layer: name,
      className,
      shape: outputShape,
    })),
    filters: firstFilters(network),
    images: explanations.map((explanation, i) => ({
      name: names[i]!,
      label: labels?.[i] ?? null,
      ...explanation,
    })),
    activations: await activations(network, images.subarray(0, size), { pixelRange }),
    embeddings,
  }
}

/** The data that is named, or else the one that the run was trained on. */
async function datasetOf(
  wanted: string,
  { given, like, terminal }: { given: Given; like: AskedModel; terminal: Terminal },
): Promise<Dataset> {
  const { data, dataDir, skipUnreadable } = given
  if (data === undefined && isModelFile(wanted)) {
    throw new UsageError(
      `A model file does not record its data: name images, as in heddle explain ${wanted} shoe.png; or data: --data photos.`,
    )
  }
  return await loading({ terminal, dataDir }, async options =>
    data === undefined
      ? withStore(async store => storedData(store, await store.run(await namedRun(store, wanted)), options))
      : (await namedData(data, { ...like, skipUnreadable })).load(options),
  )
}

/** The images that `--index` names, or the first ones of each class. */
function pickedOf(data: Dataset, { split = 'test', index, perClass }: Given): Asked {
  if (index && perClass !== undefined) {
    throw new UsageError(
      'Give either --index (these images) or --per-class (the first ones of each class), not both.',
    )
  }
  const indices =
    index ?? data.classNames.flatMap((_, label) => data[split].ofClass(label, perClass ?? PER_CLASS))
  return imagesOf(data, split, indices)
}

function classNamed(wanted: string, classNames: readonly string[]): number {
  const found = classNames.indexOf(wanted)
  if (found >= 0) return found
  throw new UsageError(
    `--class ${wanted}: there is no such class.${didYouMean(wanted, classNames)} Classes: ${classNames.join(', ')}.`,
  )
}

async function writeAll(
  out: OutFolder,
  explained: ModelExplanation,
  images: readonly ExplainedImage[],
  { model, classNames }: Network,
): Promise<void> {
  // Load resvg, which only pictures need.
  const [{ activationSheet, explanationSheet, filterSheet }, { scatter }, { rasterize }] = await Promise.all([
    import('../../show/explanation-pictures.ts'),
    import('../../show/scatter.ts'),
    import('../../show/rasterize.ts'),
  ])
  const picture = (name: string, drawn: Picture): void => out.write(`${name}.png`, rasterize(drawn))
  const imageShape = model.inputShape as [number, number, number]
  const sheet = { imageShape, classNames }
  out.write('explanations.json', `${toJson(explained)}\n`)
  const labels = [...new Set(images.map(({ label }) => label))]
  for (const label of labels) {
    const own = images.filter(image => image.label === label)
    const name =
      label === null ? 'images' : `class-${String(classNames.indexOf(label)).padStart(2, '0')}-${slug(label)}`
    const title =
      label === null
        ? 'The evidence for the class that is named'
        : `${label}: the evidence for the class that is named`
    picture(name, explanationSheet(own, { ...sheet, title }))
  }
  picture(`activations-${slug(images[0]!.name)}`, activationSheet(explained.activations))
  if (explained.filters) picture('filters', filterSheet(explained.filters))
  for (const embedding of explained.embeddings) {
    const known = [...new Set([...classNames, ...embedding.labels])]
    const labels = embedding.labels.map(label => known.indexOf(label))
    picture(`embedding-${embedding.method}`, scatter(embedding, { labels, classNames: known }))
  }
}

/** A name as a part of a file's name. */
function slug(name: string): string {
  return name
    .toLowerCase()
    .replaceAll(/[^\p{Letter}\p{Number}]+/gu, '-')
    .replaceAll(/^-|-$/g, '')
}

function pageOf({ layers, images, classNames }: ModelExplanation, wide: number | undefined): string {
  const place = ({ values, width }: ImageExplanation['occlusion']): string => {
    const best = values.indexOf(Math.max(...values))
    if (values[best]! <= 0) return 'nowhere'
    return `${Math.floor(best / width)}, ${best % width}`
  }
  const seen = new Set(images.map(image => image.gradCam?.layer))
  const window = occlusionWindow(images[0]!.occlusion)
  return [
    table(
      [left('Layer'), left('Kind'), left('Activation maps'), left('')],
      layers.map(({ layer, className, shape }) => [
        layer,
        className,
        shape.join(' × '),
        seen.has(layer) ? 'Grad-CAM looks here' : '',
      ]),
    ),
    table(
      [
        left('Image'),
        left('Label'),
        left('Given'),
        left('Explained'),
        right('Output'),
        right('Seen at'),
        right('Hiding'),
        right('loses'),
      ],
      images.map(image => [
        image.name,
        image.label ?? '',
        classNames[image.predicted]!,
        classNames[image.class]!,
        image.outputs[image.class]!.toFixed(3),
        place(image.classMap.map),
        place(image.occlusion),
        Math.max(...image.occlusion.values).toFixed(3),
      ]),
      { width: wide },
    ),
    `Places are row, column: where Grad-CAM (or, if it is zero, integrated gradients) is strongest for the class, and where a window of ${window.join(' × ')} black pixels takes most of the output away.`,
  ].join('\n\n')
}
