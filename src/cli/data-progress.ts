import type { Progress } from '../data/sources/context.ts'
import { whole } from './table.ts'

/** Shows how far the loading of a dataset has come: a line that is redrawn on a terminal, nothing elsewhere. */
export function dataProgress(): { onProgress(progress: Progress): void; end(): void } {
  const live = process.stderr.isTTY === true && process.env.TERM !== 'dumb'
  let drawn = false
  return {
    onProgress({ what, done, total, unit }) {
      if (!live) return
      const amount = unit === 'bytes' ? `${(done / 1e6).toFixed(1)} MB` : `${whole(done)} ${unit}`
      const share = total > 0 ? `${Math.floor((100 * done) / total)} %` : amount
      process.stderr.write(`\r\u001b[K${what}: ${share}`)
      drawn = true
    },
    end() {
      if (drawn) process.stderr.write('\r\u001b[K')
    },
  }
}
