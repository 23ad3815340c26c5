import { existsSync } from 'node:fs'
import { didYouMean, UsageError } from '../../base/errors.ts'
import { count } from '../../base/text.ts'
import { FASHION_MNIST, obtainFashionMnist } from '../../data/sources/fashion-mnist.ts'
import { table } from '../../show/table.ts'
import { interruptible, unlessAborted } from '../interrupt.ts'
import { knownDatasets } from '../known-datasets.ts'
import { tellLoading } from '../loading.ts'
import type { Terminal } from '../terminal.ts'

export interface DataGetFlags {
  readonly dataDir?: string
  readonly json?: boolean
}

/** `heddle data get`: finds or fetches a dataset's files and verifies them. */
export async function dataGet(wanted: string, flags: DataGetFlags, terminal: Terminal): Promise<void> {
  const name = knownDatasets.find(one => one === wanted)
  if (name !== 'fashion-mnist') {
    const why = name ? 'is built in' : existsSync(wanted) ? 'is on this machine already' : null
    if (why === null) {
      throw new UsageError(
        `Only fashion-mnist can be downloaded, not "${wanted}".${didYouMean(wanted, knownDatasets)} Your own pictures need no download: heddle data show photos.`,
      )
    }
    throw new UsageError(
      `${wanted} ${why}: there is nothing to get. Look at it with "heddle data show ${wanted}".`,
    )
  }
  const { provenance } = await interruptible(signal =>
    unlessAborted(signal, obtainFashionMnist({ dataDir: flags.dataDir, ...tellLoading(terminal) })),
  )
  // obtain() hands out nothing that it has not verified.
  const files = FASHION_MNIST.files.map(file => ({ ...file, verified: true }))
  if (flags.json) {
    terminal.print(JSON.stringify({ dataset: name, provenance, files }, null, 2))
    return
  }
  terminal.print(`${FASHION_MNIST.title} is complete. Found: ${provenance}\n`)
  terminal.print(
    table(
      [
        { title: 'File', align: 'left' },
        { title: 'Bytes', align: 'right' },
        { title: 'SHA-256, unpacked', align: 'left' },
      ],
      files.map(file => [file.name, count(file.sizeBytes), `${file.sha256} ok`]),
    ),
  )
}
