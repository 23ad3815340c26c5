import { mean } from '../../src/base/maths.ts'
import { type Described, table } from './parts.ts'

interface Summary {
  readonly mean: number
  readonly std: number | null
  readonly n: number
}

/** What `heddle run --json` prints. */
export interface Trained extends Described {
  readonly models: readonly {
    readonly name: string
    readonly params: number
    readonly runs: readonly { readonly seconds: number }[]
    readonly test: { readonly accuracy: Summary; readonly loss: Summary }
  }[]
}

export function trainedTable({ models }: Trained): string {
  return table(
    ['network', 'parameters', 'test accuracy', 'test loss', 'seconds', 'n'],
    models.map(({ name, params, runs, test: { accuracy, loss } }) => [
      name,
      `${params}`,
      spread(accuracy),
      spread(loss),
      mean(runs.map(run => run.seconds)).toFixed(1),
      `${accuracy.n}`,
    ]),
  )
}

const spread = ({ mean, std }: Summary): string =>
  `${mean.toFixed(4)}${std === null ? '' : ` ± ${std.toFixed(4)}`}`
