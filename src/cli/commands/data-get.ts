import { obtainFashionMnist } from '../../data/sources/fashion-mnist.ts'
import { dataProgress } from '../data-progress.ts'
import { type Flags, notice, setting } from '../settings.ts'
import { table, whole } from '../table.ts'

/** `heddle data get`: finds or downloads Fashion-MNIST, checks it, and says where it is. */
export async function dataGet(flags: Flags): Promise<void> {
  const loading = dataProgress()
  const { files, provenance } = await obtainFashionMnist({
    dataDir: setting(flags, 'dataDir')?.value,
    onNotice: notice,
    onProgress: loading.onProgress,
  })
  loading.end()
  const listed = [...files].map(([name, bytes]) => ({ name, sizeBytes: bytes.length }))
  if (flags.json) {
    process.stdout.write(`${JSON.stringify({ dataset: 'fashion-mnist', provenance, files: listed })}\n`)
    return
  }
  const rows = listed.map(({ name, sizeBytes }) => [name, whole(sizeBytes), 'verified'])
  process.stdout.write(`fashion-mnist: ${provenance}\n\n${table(['file', 'bytes', 'SHA-256'], rows)}\n`)
}
