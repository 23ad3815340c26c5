// Writes data/fashion-mnist-mini: the first 150 training and 50 test images of each class of Fashion-MNIST, in their
// original order. Usage: node scripts/make-mini.mjs. Prints the checksums that src/data/sources/fashion-mnist-mini.ts
// holds; a test compares the subset with the full data.
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { createJiti } from 'jiti'

const { loadFashionMnist } = await createJiti(import.meta.url).import('../src/data/sources/fashion-mnist.ts')
const folder = new URL('../data/fashion-mnist-mini/', import.meta.url)
const imageSize = 28 * 28

const { train, test } = await loadFashionMnist({ onNotice: console.error })
writeSplit('train', train, 150)
writeSplit('t10k', test, 50)

function writeSplit(split, { images, labels }, perClass) {
  const taken = Array(10).fill(0)
  const chosen = [...labels.keys()].filter(i => taken[labels[i]]++ < perClass)
  const pixels = chosen.map(i => images.subarray(i * imageSize, (i + 1) * imageSize))
  writeIdx(`${split}-images-idx3-ubyte`, [chosen.length, 28, 28], Buffer.concat(pixels))
  writeIdx(`${split}-labels-idx1-ubyte`, [chosen.length], Buffer.from(chosen.map(i => labels[i])))
}

function writeIdx(name, shape, data) {
  const header = Buffer.alloc(4 + 4 * shape.length)
  header.set([0, 0, 8, shape.length])
  shape.forEach((length, i) => {
    header.writeUInt32BE(length, 4 + 4 * i)
  })
  const bytes = Buffer.concat([header, data])
  const packed = gzipSync(bytes, { level: 9 })
  writeFileSync(new URL(`${name}.gz`, folder), packed)
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  console.log(`${name} sizeBytes ${bytes.length} sha256 ${sha256} (${packed.length} bytes packed)`)
}
