import { HeddleError, UsageError } from '../../base/errors.ts'
import { plural } from '../../base/text.ts'
import { predict } from '../../network/predict.ts'
import { toJson } from '../../protocol/json.ts'
import { type ColumnOf, tableOf } from '../../protocol/table.ts'
import { type DataTable, tableCsv, tableText } from '../../show/data-table.ts'
import { askedImages, askedOptions, namedModel, unreadableError } from '../asked-images.ts'
import { anyNumber, command, on } from '../command.ts'
import { imageFiles } from '../image-files.ts'
import { chooseEngine, engineOptions, jsonOption, modelArgument } from '../options.ts'

export default command({
  summary: 'predict the classes of images',
  args: {
    model: modelArgument,
    images: anyNumber(
      'pictures, or folders of them, prepared as the images of the training; - is standard input',
    ),
  },
  options: {
    ...askedOptions,
    ...engineOptions,
    ...jsonOption,
    csv: on('print CSV: file, class, probability'),
    probabilities: on('with --csv: also a column for each class'),
  },
  examples: [
    ['heddle predict standard-1.safetensors shoe.png', 'class and probability'],
    ['heddle predict last photos --csv > answers.csv', 'every picture in a folder and below it'],
    [
      'heddle predict standard-1.safetensors *.jpg --json',
      'many images, with the probabilities of all classes',
    ],
    ['heddle predict standard-1.safetensors --data fashion-mnist --index 0,5', 'test images'],
  ],
  async run({ model, images: files, ...given }, { terminal }) {
    if (given.json && given.csv) throw new UsageError('Give either --json or --csv, not both.')
    if (given.probabilities && !given.csv)
      throw new UsageError('--probabilities adds columns to --csv; --json has all probabilities already.')
    const backend = chooseEngine(given, terminal)
    const network = await namedModel(model, backend)
    const { classNames } = network
    const { preparation } = network.about
    const { inputShape } = network.model
    const pictures = imageFiles(files, message => terminal.notice(message))
    const asked = await askedImages(pictures, given, { inputShape, preparation }, terminal)
    const { unreadable } = asked
    const predictions = await predict(network, asked.bytes)
    const answers = asked.names.map((image, i) => {
      const { className, probability, probabilities } = predictions[i]!
      const row = [...probabilities]
      return {
        image,
        ...(asked.labels && { label: asked.labels[i]! }),
        ...(row.every(Number.isFinite) ? { class: className, probability } : { notFinite: true as const }),
        probabilities: Object.fromEntries(row.map((one, j) => [classNames[j] ?? `output ${j}`, one])),
      }
    })
    if (given.json)
      terminal.print(toJson({ model, answers, ...(unreadable.length > 0 && { unreadable }) }, 2))
    else if (given.csv)
      terminal.print(tableCsv(answersTable(answers, given.probabilities ? classNames : [])).trimEnd())
    else terminal.print(tableText(answersTable(answers), { width: terminal.columns }))
    if (unreadable.length > 0) {
      const error = unreadableError(unreadable, pictures.length)
      if (!given.skipUnreadable) throw error
      terminal.notice(error.message)
    }
    const bad = answers.filter(answer => 'notFinite' in answer)
    if (bad.length > 0) {
      throw new HeddleError(
        `The network's outputs for ${bad.length} of ${plural(answers.length, 'image')} are not finite: no class can be named. Its weights ` +
          'hold numbers that are infinite or not a number, or are so large that its outputs overflow: train it again, with a lower ' +
          'learning rate, or take an earlier checkpoint.',
      )
    }
  },
})

interface Answer {
  readonly image: string
  readonly label?: string
  readonly class?: string
  readonly probability?: number
  readonly probabilities: Readonly<Record<string, number>>
}

/** A row for each image, with the probabilities of `classes`. */
function answersTable(answers: readonly Answer[], classes: readonly string[] = []): DataTable {
  return tableOf(answers, [
    ['file', 'Image', ({ image }) => image],
    ...(answers[0]!.label === undefined ? [] : [labelColumn]),
    ['class', 'Class', answer => answer.class ?? 'not finite'],
    ['probability', 'Probability', ({ probability }) => probability, share => share.toFixed(4)],
    ...classes.map((name): ColumnOf<Answer> => [`p(${name})`, name, answer => answer.probabilities[name]]),
  ])
}

const labelColumn: ColumnOf<Answer> = ['label', 'Label', ({ label }) => label]
