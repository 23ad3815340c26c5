import { pause } from '../../engine/backends/pause.ts'
import type { Rows } from './principal-axes.ts'

/** For each row, its nearest other rows from the nearest on. */
export interface NearestRows {
  /** How many of them each row has. */
  readonly each: number
  /** `[count, each]`: their numbers. */
  readonly indices: Int32Array
  /** `[count, each]`: their distances. */
  readonly distances: Float64Array
}

/** Long work that says how far it is, from 0 to 1, and ends early if its signal is aborted. */
export interface Watched {
  readonly onProgress?: ((share: number) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

/** Pairs between two turns of the event loop: some hundredths of a second. */
const PAIRS_A_TURN = 2_000_000

/**
 * The `each` nearest other rows of each row, exactly. All pairs are looked at, and a pair is left as soon as its distance is more than both
 * rows need: this is fast if the first numbers of rows vary most, as places along principal axes do. Rows at the same distance keep their order.
 *
 * @example
 * const { indices } = await nearestRows({ values: [0, 5, 1, 7], width: 1 }, 1)
 * indices // Int32Array.of(2, 3, 0, 1)
 */
export async function nearestRows(
  { values, width }: Rows,
  each: number,
  { onProgress, signal }: Watched = {},
): Promise<NearestRows> {
  const count = values.length / width
  const rows = Float64Array.from(values)
  const indices = new Int32Array(count * each)
  const squares = new Float64Array(count * each).fill(Infinity)
  let pairs = 0
  for (let i = 1; i < count; i++) {
    for (let j = 0; j < i; j++) {
      const limit = Math.max(squares[(i + 1) * each - 1]!, squares[(j + 1) * each - 1]!)
      let sum = 0
      for (let a = i * width, b = j * width, end = a + width; a < end && sum < limit; a++, b++) {
        const difference = rows[a]! - rows[b]!
        sum += difference * difference
      }
      if (sum >= limit) continue
      insert(i, j, sum)
      insert(j, i, sum)
    }
    pairs += i
    if (pairs < PAIRS_A_TURN) continue
    pairs = 0
    onProgress?.((i / count) ** 2)
    await pause()
    signal?.throwIfAborted()
  }
  return { each, indices, distances: squares.map(Math.sqrt) }

  /** Puts a row among the nearest of another one, if it is nearer than the last of them. */
  function insert(of: number, row: number, square: number): void {
    const first = of * each
    let at = first + each - 1
    if (square >= squares[at]!) return
    for (; at > first && squares[at - 1]! > square; at--) {
      squares[at] = squares[at - 1]!
      indices[at] = indices[at - 1]!
    }
    squares[at] = square
    indices[at] = row
  }
}
