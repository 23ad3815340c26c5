import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { imageFiles } from './image-files.ts'
import { allAsTest, namedData, underClassesOf } from './named-data.ts'

let folder: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'heddle-named-data-'))
  for (const name of ['cat', 'dog']) {
    mkdirSync(join(folder, 'photos', name), { recursive: true })
    for (let i = 0; i < 5; i++) {
      const image = sharp({
        create: { width: 6, height: 4, channels: 3, background: { r: 40 * i, g: 9, b: 9 } },
      })
      await image.png().toFile(join(folder, 'photos', name, `${i}.png`))
    }
  }
  const images = (count: number) =>
    Buffer.from([0, 0, 8, 3, 0, 0, 0, count, 0, 0, 0, 2, 0, 0, 0, 2, ...Array<number>(4 * count).fill(7)])
  const labels = (...all: number[]) => Buffer.from([0, 0, 8, 1, 0, 0, 0, all.length, ...all])
  mkdirSync(join(folder, 'idx'))
  writeFileSync(join(folder, 'idx/train-images-idx3-ubyte'), images(3))
  writeFileSync(join(folder, 'idx/train-labels-idx1-ubyte'), labels(0, 1, 1))
  writeFileSync(join(folder, 'idx/t10k-images-idx3-ubyte'), images(2))
  writeFileSync(join(folder, 'idx/t10k-labels-idx1-ubyte'), labels(1, 0))
  writeFileSync(join(folder, 'my-train.csv'), 'label,a,b,c,d\n0,1,2,3,4\n1,5,6,7,8\n')
  writeFileSync(join(folder, 'my-test.csv'), 'label,a,b,c,d\n1,1,2,3,4\n')
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

const sizes = async (name: string, inputShape?: readonly number[]) => {
  const named = await namedData(join(folder, name), inputShape ? { inputShape } : {})
  const { train, test: held, imageShape, classNames } = await named.load({})
  return [train.labels.length, held.labels.length, imageShape, classNames]
}

test('a folder of pictures, of IDX files, two CSV files, and one of them, each by its name alone', async () => {
  expect(await sizes('photos')).toEqual([8, 2, [4, 6, 3], ['cat', 'dog']])
  expect(await sizes('photos', [2, 3, 1])).toEqual([8, 2, [2, 3, 1], ['cat', 'dog']])
  expect(await sizes('idx')).toEqual([3, 2, [2, 2, 1], ['0', '1']])
  expect(await sizes('my-train.csv')).toEqual([2, 1, [2, 2, 1], ['0', '1']])
  expect(await sizes('my-test.csv')).toEqual([2, 1, [2, 2, 1], ['0', '1']])
})

test('pictures of several sizes are brought to the size that a training would take, and that is said', async () => {
  const wide = sharp({ create: { width: 70, height: 90, channels: 3, background: 'red' } })
  for (const name of ['cat', 'dog']) {
    mkdirSync(join(folder, 'mixed', name), { recursive: true })
    for (const i of [1, 2, 3])
      await wide
        .clone()
        .resize(70, 90 - i)
        .png()
        .toFile(join(folder, 'mixed', name, `${i}.png`))
  }
  const notices: string[] = []
  const { load } = await namedData(join(folder, 'mixed'))
  const { imageShape } = await load({ onNotice: notice => notices.push(notice) })
  expect(imageShape).toEqual([64, 64, 3])
  expect(notices).toEqual([
    `${join(folder, 'mixed')} has pictures of several sizes: they are looked at as 64 × 64 pixels.`,
  ])
  expect((await sizes('mixed', [8, 9, 3]))[2]).toEqual([8, 9, 3])
})

test('what is no data is refused with what is', async () => {
  await expect(namedData(join(folder, 'photos/cat/0.png'))).rejects.toThrow(
    'is one picture, not labelled data: expected a folder',
  )
  rmSync(join(folder, 'idx/t10k-labels-idx1-ubyte'))
  await expect(namedData(join(folder, 'idx'))).rejects.toThrow('1 of the four are missing')
})

test('classes are matched by name to those of a model; a stranger is named', async () => {
  const named = await namedData(join(folder, 'photos'))
  expect(named.isWhole).toBe(true)
  const all = allAsTest(await named.load({}))
  expect(all.test.labels.length).toBe(10)
  const { classNames, test: under } = underClassesOf(all, ['dog', 'bird', 'cat'], 'm')
  expect(classNames).toEqual(['dog', 'bird', 'cat'])
  expect([...under.labels].sort()).toEqual([0, 0, 0, 0, 0, 2, 2, 2, 2, 2])
  expect(() => underClassesOf(all, ['cat', 'bird'], 'm')).toThrow('the model cannot predict dog')
})

test('pictures of a folder and below it, in order; other files are counted; none is a message', () => {
  const notices: string[] = []
  const quiet = (message: string) => void notices.push(message)
  expect(imageFiles([join(folder, 'photos')], quiet).length).toBe(10)
  expect(imageFiles(['a.png', join(folder, 'photos/dog')], quiet).slice(0, 2)).toEqual([
    'a.png',
    join(folder, 'photos/dog/0.png'),
  ])
  expect(() => imageFiles([join(folder, 'idx')], quiet)).toThrow('has no pictures')
  expect(notices).toEqual([])
  writeFileSync(join(folder, 'photos/notes.txt'), '')
  imageFiles([join(folder, 'photos')], quiet)
  rmSync(join(folder, 'photos/notes.txt'))
  expect(notices[0]).toMatch(/photos, 1 file is not a picture and left out, such as .*notes.txt\.$/)
})

test('the shape of a CSV file is that of its first line with content; what makes no picture is refused with the reason', async () => {
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text)
  write('blank.csv', '\uFEFF\r\n\n0,9,2,3,4\n1,5,6,7,8\n')
  expect(await sizes('blank.csv')).toEqual([2, 2, [2, 2, 1], ['0', '1']])
  for (const [text, message] of [
    ['0;1;2;3;4\n', 'its first line has no commas: expected the label and the pixels'],
    ['0;1;2;3;4\n', 'Save the file with commas in place of semicolons.'],
    ['0\t1\t2\t3\t4\n', 'in place of tabs'],
    ['# mine\n0,1,2,3,4\n', 'Remove lines that are not images.'],
    [',label,a,b,c,d\n0,0,1,2,3,4\n', 'a label and 5 pixels, and 5 pixels do not make a square picture'],
    ['\n \n', 'holds no images'],
    ['', 'holds no images'],
  ] as const) {
    write('bad.csv', text)
    await expect(namedData(join(folder, 'bad.csv')), text).rejects.toThrow(message)
  }
})
