import { tensor, type Value } from './event-file.ts'
import { double, type Field, int, message, text } from './protobuf.ts'

/**
 * What the HParams page shows of a run: its options, and under which configuration its seeds are put together.
 * Source: tensorboard/plugins/hparams/plugin_data.proto.
 */
export function sessionStart(
  options: ReadonlyMap<string, string | number | boolean>,
  group: string,
  startedMs: number,
): Value {
  const hparams = [...options].map(([name, value]) => message(1, text(1, name), message(2, jsonValue(value))))
  return plugin(
    '_hparams_/session_start_info',
    message(3, ...hparams, text(4, group), double(5, startedMs / 1000)),
  )
}

const SUCCESS = 1
const FAILURE = 2

export function sessionEnd(succeeded: boolean, endedMs: number): Value {
  return plugin(
    '_hparams_/session_end_info',
    message(4, int(1, succeeded ? SUCCESS : FAILURE), double(2, endedMs / 1000)),
  )
}

/** A `google.protobuf.Value`. */
function jsonValue(value: string | number | boolean): Field {
  if (typeof value === 'number') return double(2, value)
  return typeof value === 'string' ? text(3, value) : int(4, Number(value))
}

function plugin(name: string, data: Field): Value {
  const content = Buffer.concat([int(1, 0), data])
  return tensor(name, [0], [1], { name: 'hparams', content })
}

/** Counts of a class against the others at every threshold, for the PR curves page. */
export function prCurve(
  name: string,
  { scores, isClass }: { readonly scores: readonly number[]; readonly isClass: readonly boolean[] },
): Value {
  const THRESHOLDS = 127
  const rows: number[][] = [[], [], [], [], [], []]
  for (let i = 0; i < THRESHOLDS; i++) {
    const threshold = i / (THRESHOLDS - 1)
    let [tp, fp, tn, fn] = [0, 0, 0, 0]
    scores.forEach((score, j) => {
      if (score >= threshold) isClass[j] ? tp++ : fp++
      else isClass[j] ? fn++ : tn++
    })
    const numbers = [tp, fp, tn, fn, tp / Math.max(tp + fp, 1), tp / Math.max(tp + fn, 1)]
    for (const [row, number] of numbers.entries()) rows[row]!.push(number)
  }
  const content = Buffer.concat([int(1, 0), int(2, THRESHOLDS)])
  return tensor(name, rows.flat(), [6, THRESHOLDS], { name: 'pr_curves', content, dataClass: 2 })
}
