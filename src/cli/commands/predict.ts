import { table } from '../../report/table.ts'
import { predict as outputsOf } from '../../train/predict.ts'
import { loadModel } from '../../train/saved-model.ts'
import { type AskedFlags, askedImages, modelFile, unreadableError } from '../asked-images.ts'
import { chooseEngine } from '../choose-engine.ts'
import { resolveSettings } from '../settings.ts'
import type { Terminal } from '../terminal.ts'

export interface PredictFlags extends AskedFlags {
  readonly threads?: string
  readonly backend?: string
  readonly json?: boolean
}

/** `heddle predict`: what a trained model makes of images. */
export async function predict(
  path: string,
  files: readonly string[],
  flags: PredictFlags,
  terminal: Terminal,
): Promise<void> {
  const backend = chooseEngine(resolveSettings(flags, process.env), terminal)
  const { network, classNames, pixelRange, preparation } = await loadModel(await modelFile(path), { backend })
  const { inputShape } = network.model
  const asked = await askedImages(files, flags, { inputShape, preparation }, terminal)
  const { unreadable } = asked
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
  if (flags.json)
    terminal.print(
      JSON.stringify({ model: path, answers, ...(unreadable.length > 0 && { unreadable }) }, null, 2),
    )
  else terminal.print(answerTable(answers))
  if (unreadable.length === 0) return
  const error = unreadableError(unreadable, files.length)
  if (!flags.skipUnreadable) throw error
  terminal.notice(error.message)
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
