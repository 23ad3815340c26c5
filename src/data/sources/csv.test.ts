import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { beforeEach, expect, test } from 'vitest'
import { HeddleError, UsageError } from '../../base/errors.ts'
import type { LabelledImages } from '../examples.ts'
import { csv, fashionMnistMini, loadDataset } from '../source.ts'
import type { CsvLayout } from './csv-first-line.ts'
import { LabelledLines } from './csv-lines.ts'

const parse = (text: string, layout: Partial<CsvLayout> = {}, chunk = text.length): LabelledImages => {
  const lines = new LabelledLines('f.csv', { imageSize: 2, labelColumn: null, header: null, ...layout })
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
  ['an empty line first', '\n\r\n3,0,255\n1,7,8\n'],
  ['a byte order mark', '\ufeff3,0,255\n1,7,8\n'],
  ['a byte order mark and a header', '\ufefflabel,pixel1,pixel2\n3,0,255\n1,7,8\n'],
  ['quotes', '"label","pixel1","pixel2"\n"3","0","255"\n1,"7",8\n'],
  ['quotes without a header', '"3",0,255\n1,7,8\n'],
  ['spaces', ' 3, 0 ,255 \n 1 ,\t7," 8 "\n'],
  ["the names of Kaggle's MNIST", 'label,1x1,1x2\n3,0,255\n1,7,8\n'],
  ['a word before numbers that count up', 'label,0,1\n3,0,255\n1,7,8\n'],
])('%s', (_, text) => {
  expect(parse(text)).toEqual(two)
})

test('chunks may end anywhere', () => {
  const text = 'label,pixel1,pixel2\r\n3,0,255\r\n1,7,8\r\n'
  for (let chunk = 1; chunk < text.length; chunk++) expect(parse(text, {}, chunk)).toEqual(two)
})

test('names that count up past 255 cannot be pixels', () => {
  const names = Array.from({ length: 301 }, (_, i) => i)
  const image = [7, ...Array(300).fill(9)]
  const { labels } = parse(`${names.join()}\n${image.join()}\n`, { imageSize: 300 })
  expect([...labels]).toEqual([7])
})

test.each([
  ['by name', 'p1,label,p2\n0,3,255\n7,1,8\n', { labelColumn: 'label' }],
  ['by index', '0,3,255\n7,1,8\n', { labelColumn: 1 }],
  ['the last one', 'p1,p2,label\n0,255,3\n7,8,1\n', { labelColumn: -1 }],
  ['names that count up, said to be names', '0,1,2\n3,0,255\n1,7,8\n', { header: true }],
  ['an image that counts up is one where it is said', '3,0,255\n1,7,8\n', { header: false }],
])('the column of labels: %s', (_, text, layout) => {
  expect(parse(text, layout)).toEqual(two)
})

test.each<[string, string, Partial<CsvLayout>?]>([
  ['', 'f.csv holds no images: it has no line of numbers.'],
  ['label,pixel1,pixel2\n', 'f.csv holds no images'],
  ['3,0,255\n1,7\n', 'f.csv, line 2 has 2 values, expected 3: a label and the pixels.'],
  ['3,0,255,9\n', 'f.csv, line 1 has 4 values, expected 3'],
  ['3,0,256\n', 'f.csv, line 1 holds the pixel 256, expected 0 to 255.'],
  ['3,0,1.5\n', 'f.csv, line 1 holds "1.5", expected whole numbers separated by commas.'],
  ['3,-1,0\n', 'f.csv, line 1 holds "-1"'],
  ['-1,5,5\n3,0,0\n', 'f.csv, line 1 holds "-1"'],
  ['NaN,5,5\n3,0,0\n', 'f.csv, line 1 holds "NaN"'],
  ['.5,5,5\n3,0,0\n', 'f.csv, line 1 holds ".5"'],
  ['3,0,0\n3,1 2,0\n', 'f.csv, line 2 holds "12"'],
  ['3,0,0\r4,1,1\r', 'f.csv, line 1 is neither names nor an image: its value 3 is "0\\r4"'],
  ['3;0;0\n', 'f.csv, line 1 has no commas, "3;0;0": expected values separated by commas.'],
  [
    '3,,0\n',
    'f.csv, line 1 is neither names nor an image: its value 2 is "". If it is names, say header: true.',
  ],
  ['3,0,0\n3,,0\n', 'f.csv, line 2 has an empty value.'],
  ['cat,5,9\n', 'f.csv, line 1 is neither names nor an image: its value 1 is "cat"'],
  ['?,?,?\n3,0,0\n', 'f.csv, line 1 is neither names nor an image: its value 1 is "?"'],
  [
    '0,1,2\n3,0,0\n',
    'f.csv, line 1 counts up, "0", "1", "2": it could be names that pandas wrote, or an image.',
  ],
  ['a,b,c\nd,e,f\n', 'f.csv, line 2 holds the label "d", expected a whole number: number the classes from 0'],
  ['a,b,c,d\n', 'f.csv, line 1 has 4 names, expected 3: a label and the pixels.'],
  [',label,p1,p2\n', 'The first column looks like an index: write the file without it (pandas: index=False)'],
  [
    'p1,p2,label\n',
    'line 1 names its column 3 "label", and labels are read from the first one. Give labelColumn: "label"',
  ],
  ['a,b,c\n', 'line 1 has no column "label". Its columns are "a", "b", "c"', { labelColumn: 'label' }],
  ['3,0,0\n', 'is not a line of names, so labelColumn "a" cannot be found', { labelColumn: 'a' }],
  ['3,0,0\n', 'has the columns 0 to 2, and labelColumn is 9', { labelColumn: 9 }],
  ['"3,0,0\n', 'f.csv, line 1 has a quoted value that does not end.'],
  ['3,0,0\n"3,0,0\n', 'f.csv, line 2 holds "3", expected'],
  ['3,0,0\n""3,0,0\n', 'f.csv, line 2 holds'],
  [`${'9'.repeat(400)}`, 'f.csv, line 1 has no commas'],
])('refused: %j', (text, message, layout) => {
  expect(() => parse(text, layout)).toThrow(UsageError)
  expect(() => parse(text, layout)).toThrow(message)
})

test('UTF-16 is refused by its name', () => {
  const lines = new LabelledLines('f.csv', { imageSize: 2, labelColumn: null, header: null })
  lines.push(Buffer.from('\ufefflabel,a,b', 'utf16le'))
  expect(() => lines.end()).toThrow(
    'line 1 is not UTF-8 text (UTF-16 begins like this). Save the file as UTF-8.',
  )
})

test('any bytes are images or a HeddleError', () => {
  const text = fc.string({
    unit: fc.constantFrom('0', '1', '9', ',', '\n', '\r', 'x', '"', ' ', '-', '.', '\ufeff', 'é', '\x1b'),
    maxLength: 60,
  })
  fc.assert(
    fc.property(text, fc.integer({ min: 1, max: 9 }), (content, chunk) => {
      try {
        const { images, labels } = parse(content, {}, chunk)
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

test('a first column that is hardly the labels, and classes as they occur', async () => {
  const load = async (text: string, options: Partial<Parameters<typeof csv>[0]> = {}) => {
    writeFileSync(join(folder, 'a.csv'), text)
    const notices: string[] = []
    const source = csv({ train: 'a.csv', test: 'a.csv', imageShape: [2, 1, 1], ...options })
    const data = await loadDataset(source, { baseDir: folder, onNotice: notice => notices.push(notice) })
    return { names: data.classNames, labels: [...data.train.labels], notices }
  }
  await expect(load('10,10,0\n200,200,1\n210,210,1\n')).rejects.toThrow(
    `${join(folder, 'a.csv')}: the first column goes up to 210, and only 3 of these numbers occur in it.`,
  )
  expect(await load('10,10,0\n200,200,1\n', { labelColumn: -1 })).toMatchObject({ names: ['0', '1'] })
  expect(await load('1,0,0\n2,0,0\n3,0,0\n')).toEqual({
    names: ['1', '2', '3'],
    labels: [0, 1, 2],
    notices: [
      'No image has the label 0: the 3 labels that occur are the classes. Give classNames, a name for each label from 0, ' +
        'to keep the others as classes.',
    ],
  })
  expect(await load('1,0,0\n3,0,0\n', { classNames: ['a', 'b', 'c'] })).toEqual({
    names: ['a', 'b', 'c'],
    labels: [0, 2],
    notices: ['The labels begin with 1: label 1 is a, and label 3 is c.'],
  })
  expect(await load('0,0,0\n2,0,0\n', { classNames: ['a', 'b', 'c'] })).toMatchObject({
    labels: [0, 2],
    notices: [],
  })
})

test('a file that is not there', async () => {
  const source = csv({ train: 'none.csv', test: 'none.csv', imageShape: [28, 28, 1] })
  await expect(loadDataset(source, { baseDir: folder })).rejects.toThrow(
    `The CSV file ${join(folder, 'none.csv')} cannot be read`,
  )
})

test.each([[''], [-2], [1.5], [true]])('labelColumn %o is refused', labelColumn => {
  expect(() =>
    csv({ train: 'a', test: 'b', imageShape: [1, 1, 1], labelColumn: labelColumn as never }),
  ).toThrow('labelColumn must be the name of a column, its index from 0, or -1 for the last one')
})

test.each([[[28, 28]], [[28, 0, 1]], ['28x28']])('imageShape %o is refused', imageShape => {
  expect(() => csv({ train: 'a', test: 'b', imageShape: imageShape as never })).toThrow(
    'must be [height, width, channels]',
  )
})

test('whole numbers may be written as NumPy does, with zeros after a point', () => {
  const lines = new LabelledLines('f.csv', { imageSize: 2, labelColumn: null, header: null })
  lines.push(Buffer.from('1.0,12.000,"255.0"\n0.,7,8.00 \n'))
  expect(lines.end()).toEqual({ images: Uint8Array.of(12, 255, 7, 8), labels: Int32Array.of(1, 0) })
  const odd = new LabelledLines('f.csv', { imageSize: 2, labelColumn: null, header: null })
  expect(() => {
    odd.push(Buffer.from('1,1.05,2\n'))
    odd.end()
  }).toThrow('holds "1.05"')
})
