import { HeddleError } from '../../base/errors.ts'
import { sizeOf } from '../../base/shape.ts'
import { listOf } from '../../base/text.ts'
import { pixelScale } from '../../data/pixels.ts'
import type { Golden } from '../../model/files/model-format.ts'
import { classCountOf } from '../../model/model.ts'
import { outputDifference } from '../../network/golden.ts'
import type { Network } from '../../network/network.ts'
import { differenceText } from '../difference-text.ts'
import type { Terminal } from '../terminal.ts'
import { byPage, byPlainLoops } from './own.ts'
import type { Answer } from './runtime.ts'
import { runtimes } from './runtimes.ts'

interface Verified {
  /** The kind of file, as `--to` names it. */
  readonly kind: string
  readonly path: string
  /** As it was exported. */
  readonly network: Network
  readonly golden: Golden
  readonly terminal: Terminal
}

/**
 * Has another program run an exported file on its examples, and prints how far its outputs are from Heddle's. Where no program for
 * the file is installed, it prints which ones were looked for. Throws a `HeddleError` for outputs that differ by more than rounding.
 */
export async function verify({ kind, path, network, golden, terminal }: Verified): Promise<void> {
  const answer = await ask({ kind, path, network, golden })
  if (answer === null) {
    const known = runtimes[kind] ?? []
    terminal.notice(
      `${path} is not verified, because no other program for it is installed. Looked for ${listOf(known.map(({ looksFor }) => looksFor))}. ` +
        `Install one, and export again: ${known.map(({ install }) => install).join(', or ')}`,
    )
    return
  }
  const classes = classCountOf(network.model)
  const difference = outputDifference(answer.outputs, { expected: golden.outputs, classes })
  if (difference?.isClose) {
    terminal.print(`Verified by ${answer.program}: ${differenceText(difference)}`)
    return
  }
  const how = difference
    ? differenceText(difference)
    : `${answer.outputs.length} outputs in place of ${golden.outputs.length}`
  throw new HeddleError(
    `${path} gives other outputs in another program than in Heddle. ${answer.program}: ${how}. Do not use the file, and report the model, please.`,
  )
}

async function ask({ kind, path, network, golden }: Omit<Verified, 'terminal'>): Promise<Answer | null> {
  if (kind === 'web') return byPage(path, golden.inputs)
  if (kind === 'safetensors') return byPlainLoops(path, golden.inputs)
  const { inputShape, outputShape } = network.model
  const isSingle = sizeOf(outputShape) === 1
  const scale = Math.fround(pixelScale(network.about.pixelRange))
  const numbers = Float32Array.from(golden.inputs, byte => byte * scale)
  const count = golden.outputs.length / classCountOf(network.model)
  for (const runtime of runtimes[kind] ?? []) {
    const answer = await runtime.ask({ path, shape: [count, ...inputShape], numbers })
    if (answer) return isSingle ? { ...answer, outputs: asTwoClasses(answer.outputs, network) } : answer
  }
  return null
}

/** One output for two classes, as Heddle's predictions have it: p is 1 − p and p, a logit x is −x / 2 and x / 2. */
function asTwoClasses(outputs: Float32Array, { about: { loss } }: Network): Float32Array {
  const isLogit = loss !== null && 'fromLogits' in loss && loss.fromLogits
  return Float32Array.from({ length: 2 * outputs.length }, (_, i) => {
    const output = outputs[i >> 1]!
    const isSecond = i % 2 === 1
    if (isLogit) return isSecond ? output / 2 : -output / 2
    return isSecond ? output : 1 - output
  })
}
