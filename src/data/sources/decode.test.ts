import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import sharp from 'sharp'
import { beforeEach, expect, test } from 'vitest'
import { imageFolder, loadDataset } from '../source.ts'
import { decodePicture } from './decode.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'heddle-folder-'))
  return () => rmSync(root, { recursive: true })
})

type Color = [number, number, number]

/** Writes an image of one color; the extension decides the format. */
async function image(path: string, color: Color, { height = 4, width = 6 } = {}): Promise<void> {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  const [r, g, b] = color
  const canvas = sharp({ create: { width, height, channels: 3, background: { r, g, b } } })
  await canvas.toFile(join(root, path))
}

const red: Color = [200, 0, 0]
const grey: Color = [90, 90, 90]

const load = (options: Partial<Parameters<typeof imageFolder>[0]> = {}) =>
  loadDataset(imageFolder({ path: '.', ...options }), { baseDir: root })

test('data of 12 bits in files of 16 is not black: all files are read with the bits of the brightest, and it is said', async () => {
  const wide = async (path: string, level: number) => {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    const levels = new Uint16Array(24).fill(level)
    const raw = sharp(levels, { raw: { width: 6, height: 4, channels: 1 } })
    await raw.toColourspace('grey16').png().toFile(join(root, path))
  }
  await wide('train/a/1.png', 500)
  await wide('train/b/1.png', 3900)
  await wide('test/a/1.png', 1000)
  await image('test/b/1.png', grey)
  const notices: string[] = []
  const read = (options: object) =>
    loadDataset(imageFolder({ path: root, colorMode: 'grayscale', ...options }), {
      onNotice: notice => notices.push(notice),
    })
  const measured = await read({})
  expect([...measured.train.images.filter((_, i) => i % 24 === 0)]).toEqual([31, 243])
  expect([...measured.test.images.filter((_, i) => i % 24 === 0)]).toEqual([62, 90])
  expect(measured.preparation!.bits).toBe(12)
  expect(notices).toEqual([
    `${root}: 3 files with 16 bits a channel use 12 of them: level 4095 becomes white, and 8 bits are kept. ` +
      'The option bits of imageFolder sets another number.',
  ])
  const stated = await read({ bits: 16 })
  expect([...stated.train.images.filter((_, i) => i % 24 === 0)]).toEqual([1, 15])
  expect(notices.length).toBe(1)
})

test('GIF and BMP are read; what is inside decides, not the name', async () => {
  await image('a/1.gif', red)
  writeFileSync(join(root, 'a/2.png'), readFileSync(join(root, 'a/1.gif')))
  const pixel = Buffer.from([0, 0, 200, 0])
  const bmp = Buffer.alloc(54 + 4 * 24)
  bmp.write('BM')
  bmp.writeUInt32LE(54, 10)
  bmp.writeUInt32LE(40, 14)
  bmp.writeInt32LE(6, 18)
  bmp.writeInt32LE(4, 22)
  bmp.writeUInt16LE(32, 28)
  for (let p = 0; p < 24; p++) pixel.copy(bmp, 54 + 4 * p)
  writeFileSync(join(root, 'a/3.bmp'), bmp)
  const { train, test: held } = await load({ testSplit: 0.34 })
  expect(train.labels.length + held.labels.length).toBe(3)
  for (const images of [train.images, held.images])
    expect([...images.filter((_, i) => i % 3 === 0)].every(level => level === 200)).toBe(true)
})

test('what is no picture is refused by its content, with what it is', async () => {
  await image('train/a/1.png', red)
  await image('test/a/1.png', red)
  const strangers: Readonly<Record<string, readonly [Buffer | string, RegExp]>> = {
    'svg.png': [
      '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>',
      /it is an SVG drawing, which Heddle does not read/,
    ],
    'tiff.jpg': [
      await sharp(join(root, 'test/a/1.png')).tiff().toBuffer(),
      /it is a TIFF, which Heddle does not read\. Convert it to PNG or JPEG\./,
    ],
    'avif.png': [await sharp(join(root, 'test/a/1.png')).avif().toBuffer(), /it is an AVIF picture/],
    'heic.jpg': [Buffer.from('\0\0\0\x18ftypheic'), /it is a HEIC picture/],
    'page.png': ['<!DOCTYPE html><html></html>', /it is a web page/],
    'empty.png': ['', /it is empty\./],
  }
  for (const [name, [content, reason]] of Object.entries(strangers)) {
    writeFileSync(join(root, 'train/a', name), content)
    await expect(load(), name).rejects.toThrow(reason)
    rmSync(join(root, 'train/a', name))
  }
})

test('skipUnreadable leaves files out that cannot be read, and names every one', async () => {
  for (const path of ['train/a/1.png', 'train/b/1.png', 'test/a/1.png', 'test/b/1.png'])
    await image(path, red)
  writeFileSync(join(root, 'train/a/2.png'), 'no picture')
  writeFileSync(join(root, 'test/b/2.png'), '')
  await expect(load()).rejects.toThrow(/2 images cannot be read/)
  const notices: string[] = []
  const { train, test: held } = await loadDataset(imageFolder({ path: root, skipUnreadable: true }), {
    onNotice: notice => notices.push(notice),
  })
  expect([train.labels.length, held.labels.length]).toEqual([2, 2])
  expect(notices).toEqual([
    `${root}: 2 images cannot be read and are left out:\n` +
      `  - ${root}/train/a/2.png: it is not a whole PNG, JPEG, WebP, GIF or BMP file.\n` +
      `  - ${root}/test/b/2.png: it is empty.`,
  ])
})

test('decodePicture gives the levels of a file that is in memory, and says why it cannot', async () => {
  const [r, g, b] = red
  const canvas = sharp({ create: { width: 3, height: 2, channels: 3, background: { r, g, b } } })
  const bytes = await canvas.png().toBuffer()
  const { levels, ...size } = await decodePicture(bytes)
  expect(size).toEqual({ width: 3, height: 2, channels: 3 })
  expect([...levels]).toEqual(Array.from({ length: 6 }, () => red).flat())
  await expect(decodePicture(bytes.subarray(0, 60))).rejects.toThrow(/^The picture cannot be read: /)
  await expect(decodePicture(new Uint8Array(0))).rejects.toThrow('The picture cannot be read: it is empty.')
  // A path in a request must not open a file of the server.
  await expect(decodePicture('/etc/passwd' as unknown as Uint8Array)).rejects.toThrow(
    'decodePicture takes the bytes of a picture file as a Uint8Array, and received "/etc/passwd".',
  )
})
