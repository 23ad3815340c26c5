import { FASHION_MNIST, obtainFashionMnist } from '../../data/sources/fashion-mnist.ts'
import { count } from '../../report/format.ts'
import { table } from '../../report/table.ts'
import { UsageError } from '../../spec/errors.ts'
import { interruptible, unlessAborted } from '../interrupt.ts'
import { datasetName } from '../known-datasets.ts'
import { tellLoading } from '../loading.ts'
import type { Terminal } from '../terminal.ts'

export interface DataGetFlags {
  readonly dataDir?: string
  readonly json?: boolean
}

/** `heddle data get`: finds or fetches a dataset's files and verifies them. */
export async function dataGet(wanted: string, flags: DataGetFlags, terminal: Terminal): Promise<void> {
  const name = datasetName(wanted)
  if (name === 'fashion-mnist-mini') {
    throw new UsageError(
      `${name} is built in: there is nothing to get. Look at it with "heddle data show ${name}".`,
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
