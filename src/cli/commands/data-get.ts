import { existsSync } from 'node:fs'
import { didYouMean, UsageError } from '../../base/errors.ts'
import { count } from '../../base/text.ts'
import { knownDatasets } from '../../data/known-datasets.ts'
import { FASHION_MNIST, obtainFashionMnist } from '../../data/sources/fashion-mnist.ts'
import { toJson } from '../../protocol/json.ts'
import { left, right, table } from '../../show/table.ts'
import { argumentOr, command } from '../command.ts'
import { loading } from '../loading.ts'
import { dataOptions, jsonOption } from '../options.ts'

export default command({
  summary: 'find or download a dataset, and verify every file',
  args: { dataset: argumentOr('fashion-mnist', 'its name') },
  options: { ...dataOptions, ...jsonOption },
  examples: [
    ['heddle data get', 'Fashion-MNIST, from the cache, the system or a mirror'],
    ['heddle data get --data-dir ~/fashion', 'from files that you have'],
  ],
  async run({ dataset, dataDir, json }, { terminal }) {
    checkObtainable(dataset)
    const { provenance } = await loading({ terminal, dataDir }, obtainFashionMnist)
    // Only files with the right checksum are handed out.
    const files = FASHION_MNIST.files.map(file => ({ ...file, verified: true }))
    if (json) {
      terminal.print(toJson({ dataset, provenance, files }, 2))
      return
    }
    terminal.print(`${FASHION_MNIST.title} is complete. Found: ${provenance}\n`)
    terminal.print(
      table(
        [left('File'), right('Bytes'), left('SHA-256, unpacked')],
        files.map(file => [file.name, count(file.sizeBytes), `${file.sha256} ok`]),
      ),
    )
  },
})

/** Throws a `UsageError` for data that is not downloaded, with what to do instead. */
function checkObtainable(wanted: string): void {
  if (wanted === 'fashion-mnist') return
  const why = knownDatasets.has(wanted)
    ? 'is built in'
    : existsSync(wanted)
      ? 'is on this machine already'
      : null
  throw new UsageError(
    why === null
      ? `Only fashion-mnist can be downloaded, not "${wanted}".${didYouMean(wanted, [...knownDatasets.keys()])} Your own pictures need no download: heddle data show photos.`
      : `${wanted} ${why}: there is nothing to download. Look at it with "heddle data show ${wanted}".`,
  )
}
