import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { beforeEach, expect, test } from 'vitest'
import { HeddleError, UsageError } from '../../spec/errors.ts'
import type { Examples } from '../dataset.ts'
import { csv, fashionMnistMini, loadDataset } from '../source.ts'
import { LabelledLines } from './csv.ts'

const parse = (text: string, imageSize = 2, chunk = text.length): Examples => {
  const lines = new LabelledLines('f.csv', imageSize)
  const bytes = Buffer.from(text)
  for (let from = 0; from < bytes.length; from += chunk) lines.push(bytes.subarray(from, from + chunk))
  return lines.end()
}

const two = { images: Uint8Array.of(0, 255, 7, 8), labels: Int32Array.of(3, 1) }

test.each([
  ['a header', 'label,pixel1,pixel2\n3,0,255\n1,7,8\n'],
  ['no header', '3,0,255\n1,7,8\n'],
  ['no newline at the end', 'label,pixel1,pixel2\n3,0,255\n1,7,8'],
  ['the newlines of Windows', 'label,pixel1,pixel2\r\n3,0,255\r\n1,7,8\r\n'],
  ['empty lines', '3,0,255\n\n1,7,8\n\n'],
])('%s', (_, text) => {
  expect(parse(text)).toEqual(two)
})

test('chunks may end anywhere', () => {
  const text = 'label,pixel1,pixel2\r\n3,0,255\r\n1,7,8\r\n'
  for (let chunk = 1; chunk < text.length; chunk++) expect(parse(text, 2, chunk)).toEqual(two)
})

test.each([
  ['', 'f.csv holds no images: it has no line of numbers.'],
  ['label,pixel1,pixel2\n', 'f.csv holds no images'],
  ['3,0,255\n1,7\n', 'f.csv, line 2 has 2 values, expected 3: a label and the pixels.'],
  ['3,0,255,9\n', 'f.csv, line 1 has 4 values, expected 3'],
  ['3,0,256\n', 'f.csv, line 1 holds the pixel 256, expected 0 to 255.'],
  ['3,0,1.5\n', 'f.csv, line 1 holds ".", expected whole numbers separated by commas.'],
  ['3,-1,0\n', 'f.csv, line 1 holds "-"'],
  ['3,,0\n', 'f.csv, line 1 has an empty value.'],
  ['a,b,c\nd,e,f\n', 'f.csv, line 2 holds "d"'],
  [`${'9'.repeat(400)}`, 'f.csv, line 1 holds a number that is neither a label nor a pixel'],
])('refused: %j', (text, message) => {
  expect(() => parse(text)).toThrow(UsageError)
  expect(() => parse(text)).toThrow(message)
})

test('any bytes are images or a HeddleError', () => {
  const text = fc.string({
    unit: fc.constantFrom('0', '1', '9', ',', '\n', '\r', 'x', '"', ' '),
    maxLength: 60,
  })
  fc.assert(
    fc.property(text, fc.integer({ min: 1, max: 9 }), (content, chunk) => {
      try {
        const { images, labels } = parse(content, 2, chunk)
        expect(images).toHaveLength(2 * labels.length)
      } catch (error) {
        expect(error).toBeInstanceOf(HeddleError)
      }
    }),
    { numRuns: 2000 },
  )
})

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'heddle-csv-'))
  return () => rmSync(folder, { recursive: true })
})

test('Fashion-MNIST written as Kaggle writes it is the same data', async () => {
  const mini = await loadDataset(fashionMnistMini())
  const header = ['label', ...Array.from({ length: 784 }, (_, i) => `pixel${i + 1}`)].join(',')
  for (const split of ['train', 'test'] as const) {
    const { images, labels } = mini[split]
    const lines = Array.from(labels, (label, i) =>
      [label, ...images.subarray(i * 784, (i + 1) * 784)].join(','),
    )
    writeFileSync(join(folder, `${split}.csv`), `${[header, ...lines].join('\n')}\n`)
  }
  const { imageShape, classNames } = mini
  const source = csv({ train: 'train.csv', test: 'test.csv', imageShape, classNames })
  const told: number[] = []
  const read = await loadDataset(source, {
    baseDir: folder,
    onProgress: ({ done, total }) => told.push(done / total),
  })
  expect(read.fingerprint).toBe(mini.fingerprint)
  expect(told.at(-1)).toBe(1)
  const named = await loadDataset(csv({ train: 'train.csv', test: 'test.csv', imageShape }), {
    baseDir: folder,
  })
  expect(named.classNames).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'])
})

test('a file that is not there', async () => {
  const source = csv({ train: 'none.csv', test: 'none.csv', imageShape: [28, 28, 1] })
  await expect(loadDataset(source, { baseDir: folder })).rejects.toThrow(
    `The CSV file ${join(folder, 'none.csv')} cannot be read`,
  )
})

test.each([[[28, 28]], [[28, 0, 1]], ['28x28']])('imageShape %o is refused', imageShape => {
  expect(() => csv({ train: 'a', test: 'b', imageShape: imageShape as never })).toThrow(
    'must be [height, width, channels]',
  )
})
