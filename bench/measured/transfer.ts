import { statisticOf } from '../../src/base/maths.ts'
import { plusMinus } from '../../src/base/text.ts'
import { type Described, seconds, table } from './parts.ts'

/** What bench/transfer.ts writes. */
export interface Transfer extends Described {
  readonly images: { readonly count: number; readonly parts: number }
  readonly models: Readonly<
    Record<string, { readonly accuracy: readonly number[]; readonly seconds: readonly number[] }>
  >
  readonly bestFromScratch: string
  readonly transferIsBetterBy: { readonly points: number; readonly interval95: readonly [number, number] }
}

export function transferTable({ models }: Transfer): string {
  const rows = Object.entries(models).map(([name, { accuracy, seconds: times }]) => {
    const right = plusMinus(statisticOf(accuracy), share => share.toFixed(2))
    return [name, right, `${accuracy.length}`, seconds(statisticOf(times).mean)]
  })
  return table(['network', 'tested right, %', 'seeds', 'seconds for the trainings of a seed'], rows)
}

/** What bench/transfer-speed.ts writes. */
export interface TransferSpeed extends Described {
  readonly count: number
  readonly epochs: number
  readonly phases: readonly {
    readonly what: string
    readonly seconds: number
    readonly processorSeconds: number
  }[]
}

export function transferSpeedTable({ phases }: TransferSpeed): string {
  const rows = phases.map(one => [one.what, seconds(one.seconds), seconds(one.processorSeconds)])
  return table(['what', 'seconds', 'seconds of processor time'], rows)
}
