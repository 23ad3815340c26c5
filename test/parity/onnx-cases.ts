// Reads the cases that onnx-cases.py wrote into a folder, and writes what became of each: the largest difference between Heddle's
// outputs and those of the onnx package, or the words of the refusal.
//
//     python test/parity/onnx-cases.py FOLDER
//     npx jiti test/parity/onnx-cases.ts FOLDER     writes docs/onnx-cases.md

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { HeddleError } from '../../src/base/errors.ts'
import { sizeOf } from '../../src/base/shape.ts'
import { chooseBackend } from '../../src/engine/backends/choose.ts'
import { onnxFormat } from '../../src/model/files/onnx/onnx-format.ts'
import { Network } from '../../src/network/network.ts'

interface Case {
  readonly group: 'light' | 'pytorch-converted' | 'operators'
  readonly name: string
  readonly operator: string
  /** Examples in its batch. */
  readonly count: number
}

interface Result extends Case {
  /** Of the largest output; `null`: it was refused. */
  readonly difference: number | null
  readonly words: string
}

/** The package has some outputs with four decimals only. */
const CLOSE = 1e-4
const [folder] = process.argv.slice(2)
if (!folder) throw new Error('Name a folder.')
const { onnx, cases }: { onnx: string; cases: readonly Case[] } = JSON.parse(
  readFileSync(join(folder, 'cases.json'), 'utf8'),
)
const backend = chooseBackend('auto')

function numbers(path: string): Float32Array {
  return new Float32Array(new Uint8Array(readFileSync(path)).buffer)
}

async function resultOf(one: Case): Promise<Result> {
  const file = join(folder!, one.group, one.name)
  try {
    const read = await onnxFormat.read(readFileSync(`${file}.onnx`), { name: 'it' })
    const network = new Network(read.model, read.weights, backend, read)
    const [images, expected] = [numbers(`${file}.in`), numbers(`${file}.out`)]
    const { inputShape } = read.model
    const count = images.length / sizeOf(inputShape)
    const isTurned = read.remarks.some(remark => remark.includes('channels first'))
    const ordered = isTurned ? channelsLast(images, inputShape) : images
    const { outputs } = await network.compileInference({ batchSize: count }).run({
      mode: 'predict',
      images: ordered,
      scale: 1,
      targets: null,
      order: Int32Array.from({ length: count }, (_, i) => i),
      outputs: true,
    })
    // A single output p stands as 1 - p and p.
    const own = outputs!.length === 2 * expected.length ? outputs!.filter((_, i) => i % 2 === 1) : outputs!
    if (own.length !== expected.length)
      throw new Error(`${one.name}: ${own.length} outputs for ${expected.length}`)
    const scale = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 1)
    const difference =
      expected.reduce((most, value, i) => Math.max(most, Math.abs(value - own[i]!)), 0) / scale
    return { ...one, difference, words: '' }
  } catch (error) {
    if (!(error instanceof HeddleError)) throw error
    return { ...one, difference: null, words: error.message.replace(/^it: /, '') }
  }
}

function channelsLast(images: Float32Array, shape: readonly number[]): Float32Array {
  const channels = shape.at(-1)!
  const places = sizeOf(shape) / channels
  return images.map((_, i) => {
    const [image, rest] = [Math.floor(i / (places * channels)), i % (places * channels)]
    return images[image * places * channels + (rest % channels) * places + Math.floor(rest / channels)]!
  })
}

const results: Result[] = []
for (const one of cases) {
  try {
    results.push(await resultOf(one))
  } catch (error) {
    process.stderr.write(`${one.group}/${one.name}: ${(error as Error).stack}\n`)
    process.exitCode = 1
  }
}

const isRight = ({ difference }: Result): boolean => difference !== null && difference < CLOSE
const wrong = results.filter(result => result.difference !== null && !isRight(result))
for (const { name, difference } of wrong) process.stderr.write(`${name} is wrong by ${difference}\n`)
if (wrong.length > 0) process.exitCode = 1

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ')
const row = (result: Result): string =>
  `| ${result.name.replace(/^(light|test)_/, '')} | ${isRight(result) ? `${result.difference!.toExponential(1)}` : '–'} | ${cell(result.words)} |`
const table = (list: readonly Result[]): string =>
  ['| Case | Difference | Refused with |', '|---|---|---|', ...list.map(row)].join('\n')
const counted = (list: readonly Result[]): string =>
  `${list.filter(isRight).length} of ${list.length} give the package's outputs; the others are refused.`
const of = (group: Case['group']): readonly Result[] => results.filter(result => result.group === group)
const operators = [...new Set(of('operators').map(({ operator }) => operator))]
const perOperator = operators.map(operator => {
  const list = of('operators').filter(result => result.operator === operator)
  return `| ${operator} | ${list.filter(isRight).length} | ${list.filter(result => !isRight(result)).length} |`
})

const page = `# ONNX: the cases of the onnx package

What Heddle makes of the models and operators that the \`onnx\` package (${onnx}) tests its backends with. The difference is the
largest one between the outputs of Heddle and those of the package, as a share of the largest output (at least 1). \`test/parity/onnx-cases.py\` and
\`test/parity/onnx-cases.ts\` write this page; the models themselves are not part of this repository.

## Light models

Networks of the model zoo whose weights are made by constants. ${counted(of('light'))}

${table(of('light'))}

## Models converted from PyTorch

${counted(of('pytorch-converted'))}

${table(of('pytorch-converted'))}

## Operators

Cases of one operator over float32. ${counted(of('operators'))}

| Operator | Right | Refused |
|---|---|---|
${perOperator.join('\n')}

These are refused:

${table(of('operators').filter(result => !isRight(result)))}
`
writeFileSync(new URL('../../docs/onnx-cases.md', import.meta.url), page)
for (const group of ['light', 'pytorch-converted', 'operators'] as const)
  process.stdout.write(`${group}: ${counted(of(group))}\n`)
