import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import fc from 'fast-check'
import sharp from 'sharp'
import { beforeEach, describe, expect, test } from 'vitest'
import { UsageError } from '../../base/errors.ts'
import { imageFolder, loadDataset, relabel } from '../source.ts'
import { listImageFolder } from './folder-listing.ts'

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
const blue: Color = [0, 0, 200]
const grey: Color = [90, 90, 90]

async function twoClasses(): Promise<void> {
  for (const split of ['train', 'test']) {
    await image(`${split}/red/1.png`, red)
    await image(`${split}/blue/1.png`, blue)
    await image(`${split}/blue/2.PNG`, blue)
  }
}

const load = (options: Partial<Parameters<typeof imageFolder>[0]> = {}) =>
  loadDataset(imageFolder({ path: '.', ...options }), { baseDir: root })

test('train and test folders: classes sorted by name, files sorted within', async () => {
  await twoClasses()
  const { classNames, imageShape, train, test } = await load()
  expect(classNames).toEqual(['blue', 'red'])
  expect(imageShape).toEqual([4, 6, 3])
  expect([...train.labels]).toEqual([0, 0, 1])
  expect([...train.images.subarray(0, 3)]).toEqual(blue)
  expect([...test.images.subarray(2 * 4 * 6 * 3, 2 * 4 * 6 * 3 + 3)]).toEqual(red)
})

test('PNG, JPEG and WebP, links and hidden files; other files are reported', async () => {
  await image('a/1.png', grey)
  await image('a/2.jpg', grey)
  await image('a/3.jpeg', grey)
  await image('a/4.webp', grey)
  writeFileSync(join(root, 'a/.DS_Store'), '')
  writeFileSync(join(root, 'a/notes.txt'), '')
  symlinkSync(join(root, 'a'), join(root, 'b'))
  const notices: string[] = []
  const spec = imageFolder({ path: root, colorMode: 'grayscale', testSplit: 0.5 })
  const { classNames, imageShape, train, test } = await loadDataset(spec, {
    onNotice: notice => notices.push(notice),
  })
  expect(classNames).toEqual(['a', 'b'])
  expect(imageShape).toEqual([4, 6, 1])
  expect([train.labels.length, test.labels.length]).toEqual([4, 4])
  for (const pixel of [...train.images, ...test.images]) expect(Math.abs(pixel - 90)).toBeLessThanOrEqual(2)
  expect(notices).toEqual([
    `${root}: ignored 2 files that are not PNG, JPEG, WebP, GIF or BMP, such as ${root}/a/notes.txt.`,
  ])
})

test('every grey level of a PNG arrives as it is', async () => {
  const levels = Uint8Array.from({ length: 256 }, (_, i) => i)
  mkdirSync(join(root, 'train/a'), { recursive: true })
  mkdirSync(join(root, 'test/a'), { recursive: true })
  for (const split of ['train', 'test']) {
    const raw = sharp(levels, { raw: { width: 16, height: 16, channels: 1 } })
    await raw
      .toColourspace('b-w')
      .png()
      .toFile(join(root, split, 'a/levels.png'))
  }
  expect([...(await load({ colorMode: 'grayscale' })).train.images]).toEqual([...levels])
  const rgb = (await load({ colorMode: 'rgb' })).train.images
  expect([...rgb.filter((_, i) => i % 3 === 1)]).toEqual([...levels])
})

test('colours become grey by Rec. 601 luma, transparency is laid on white, the camera turns the image upright', async () => {
  await image('train/a/green.png', [0, 255, 0])
  await image('test/a/green.png', [0, 0, 255])
  const { train, test: held } = await load({ colorMode: 'grayscale' })
  expect([train.images[0], held.images[0]]).toEqual([150, 29])

  mkdirSync(join(root, 'b/c'), { recursive: true })
  const background = { r: 10, g: 20, b: 30, alpha: 0.2 }
  const clear = sharp({ create: { width: 6, height: 4, channels: 4, background } })
  await clear.clone().png().toFile(join(root, 'b/c/1.png'))
  await clear.clone().png().toFile(join(root, 'b/c/2.png'))
  const onWhite = await load({ path: 'b', testSplit: 0.5 })
  expect(onWhite.imageShape).toEqual([4, 6, 3])
  expect([...onWhite.train.images.subarray(0, 3)]).toEqual([206, 208, 210])
  const onBlack = await load({ path: 'b', testSplit: 0.5, background: [0, 0, 0] })
  expect([...onBlack.train.images.subarray(0, 3)]).toEqual([2, 4, 6])
  expect(onBlack.preparation).toMatchObject({ background: [0, 0, 0], imageSize: [4, 6], pixelRange: 'unit' })

  mkdirSync(join(root, 'd/e'), { recursive: true })
  for (const name of ['1.jpg', '2.jpg']) {
    await clear
      .clone()
      .withMetadata({ orientation: 6 })
      .toFile(join(root, 'd/e', name))
  }
  expect((await load({ path: 'd', testSplit: 0.5 })).imageShape).toEqual([6, 4, 3])
})

test('imageSize brings images to one size; without it another size is an error', async () => {
  await image('train/a/1.png', red)
  await image('train/a/2.png', red, { height: 5, width: 6 })
  await image('test/a/1.png', red, { height: 40, width: 60 })
  await expect(load()).rejects.toThrow(
    `${root}/train/a/2.png is 5 × 6 pixels (height × width), expected 4 × 6 as the first image. ` +
      'Set imageSize, such as imageSize: [4, 6], to bring all images to one size.',
  )
  const { imageShape, train, test } = await load({ imageSize: [8, 10] })
  expect(imageShape).toEqual([8, 10, 3])
  expect(train.images.length).toBe(2 * 8 * 10 * 3)
  expect([...test.images.subarray(0, 3)]).toEqual(red)
})

/** Writes one image into each of these files, and loads them. */
async function loadTree(files: readonly string[], options: Partial<Parameters<typeof imageFolder>[0]> = {}) {
  for (const file of files) await image(file, grey)
  const notices: string[] = []
  const data = await loadDataset(imageFolder({ path: '.', ...options }), {
    baseDir: root,
    onNotice: notice => notices.push(notice.replaceAll(root, '')),
  })
  const countOf = (part: 'train' | 'validation' | 'test') => data[part]?.labels.length
  return { data, notices, counts: [countOf('train'), countOf('validation'), countOf('test')] }
}

const split = (part: string) => ['a', 'b'].flatMap(name => [`${part}/${name}/1.png`, `${part}/${name}/2.png`])

test.each(['val', 'valid', 'validation', 'VAL', 'Valid'])(
  '%s beside train and test is the validation part',
  async name => {
    const { counts, notices } = await loadTree([...split('Train'), ...split(name), ...split('TEST')])
    expect(counts).toEqual([4, 4, 4])
    expect(notices).toEqual([])
  },
)

test('train and val without test: test images are held out of train', async () => {
  const { counts, notices } = await loadTree([...split('train'), ...split('val')])
  expect(counts).toEqual([2, 4, 2])
  expect(notices).toEqual([
    ' has no folder test: a part of 0.2 of each class of the training images is held out as test images (testSplit).',
  ])
})

test('a part of the data changes its fingerprint, and relabelling keeps it', async () => {
  const { data: without } = await loadTree([...split('train'), ...split('test')])
  const { data } = await loadTree(split('val'))
  expect(data.fingerprint).not.toBe(without.fingerprint)
  const source = relabel(imageFolder({ path: '.' }), { B: [1], A: [0] })
  const { validation } = await loadDataset(source, { baseDir: root })
  expect([...validation!.labels]).toEqual([1, 1, 0, 0])
})

test('folders below a class folder are read, hidden ones are not, and what is left out is named', async () => {
  const { data, counts, notices } = await loadTree([
    ...['a/1.png', 'a/more/1.png', 'a/more/yet/2.png', 'b/1.png', 'b/2.png', 'c/x/1.png', 'c/x/2.png'],
    ...['stray.png', 'a/.thumbs/1.png', '.hidden/1.png', '__MACOSX/a/1.png'],
  ])
  expect(data.classNames).toEqual(['a', 'b', 'c'])
  expect(counts).toEqual([4, undefined, 3])
  expect(notices).toEqual([
    ': ignored 1 image that lies outside the class folders: /stray.png.',
    ': read 4 images from folders below their class folders, such as /a/more/1.png.',
  ])
})

test('folders and files beside the parts are named', async () => {
  writeFileSync(join(root, 'README.txt'), '')
  const { counts, notices } = await loadTree([
    ...split('train'),
    ...split('test'),
    ...['train/9.png', 'test/8.png', 'extra/1.png'],
  ])
  expect(counts).toEqual([4, undefined, 4])
  expect(notices).toEqual([
    ': ignored 1 file that is not PNG, JPEG, WebP, GIF or BMP: /README.txt.',
    ': ignored 2 images that lie outside the class folders, such as /train/9.png.',
    ': ignored 1 folder that is none of train, val and test: /extra.',
  ])
})

test('links that lead in circles, up, or to what is read already are not followed', async () => {
  for (const name of ['a/1.png', 'a/in/2.png', 'b/1.png', 'b/2.png']) await image(name, grey)
  symlinkSync(root, join(root, 'a/in/up'))
  symlinkSync(join(root, 'a'), join(root, 'a/in/circle'))
  symlinkSync(join(root, 'a/in'), join(root, 'a/twice'))
  const { counts, notices } = await loadTree([])
  expect(counts).toEqual([2, undefined, 2])
  expect(notices[0]).toMatch(
    /^: ignored 3 links to folders that are read already or hold the link, such as \/a\//,
  )
})

test('one class in two Unicode forms is one class, in one order', async () => {
  const [composed, decomposed] = ['caf\u00e9', 'cafe\u0301']
  const { data, counts } = await loadTree([
    ...[`train/${composed}/1.png`, `train/${decomposed}/2.png`, 'train/b/1.png'],
    ...[`test/${decomposed}/1.png`, 'test/b/1.png'],
  ])
  expect(data.classNames).toEqual(['b', composed])
  expect(counts).toEqual([3, undefined, 2])
})

test('a class without test images is read: the run says so', async () => {
  const { data, counts } = await loadTree([...split('train'), 'test/a/1.png'])
  expect(counts).toEqual([4, undefined, 1])
  expect(data.classNames).toEqual(['a', 'b'])
})

test('a class of two images has one of them in the test', async () => {
  const files = Array.from({ length: 10 }, (_, i) => [`a/${i}.png`, `b/${i}.png`]).flat()
  const { data } = await loadTree([...files, 'c/1.png', 'c/2.png', 'd/1.png'])
  expect([...data.test.labels]).toEqual([0, 0, 1, 1, 2])
  expect(data.train.labels.filter(label => label === 3)).toHaveLength(1)
})

test.each([
  ['flowers', 'flowers'],
  ['flowers/split', 'flowers/split'],
  ['flowers/data', 'flowers/data'],
])('the data of %s is called %s', async (path, name) => {
  const files = ['a/1.png', 'a/2.png', 'b/1.png', 'b/2.png'].map(file => `${path}/${file}`)
  expect((await loadTree(files, { path })).data.name).toBe(name)
})

test('any names of folders and files are read, or refused in words', async () => {
  const name = fc.string({
    unit: fc.constantFrom('a', 'é', 'e\u0301', ' ', '.', '-', '"', 'T', '日'),
    minLength: 1,
    maxLength: 4,
  })
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(name, name), { minLength: 1, maxLength: 4 }), async pairs => {
      const tree = mkdtempSync(join(root, 'any-'))
      for (const [folder, file] of pairs) {
        if (/^\.+$/.test(folder)) continue
        mkdirSync(join(tree, folder), { recursive: true })
        writeFileSync(join(tree, folder, `${file}.png`), '')
      }
      const listed = await listImageFolder(tree).catch((error: unknown) => error)
      if (listed instanceof Error) expect(listed).toBeInstanceOf(UsageError)
      else expect((listed as { train: { paths: string[] } }).train.paths.length).toBeGreaterThan(0)
    }),
    { numRuns: 60 },
  )
})

test('a part of each class is held out by the seed', async () => {
  for (let i = 0; i < 10; i++) {
    await image(`a/${i}.png`, [i, 0, 0])
    await image(`b/${i}.png`, [100 + i, 0, 0])
  }
  const reds = async (seed: number) => {
    const { test, train } = await load({ testSplit: 0.3, seed })
    expect([train.labels.length, [...test.labels]]).toEqual([14, [0, 0, 0, 1, 1, 1]])
    return [...test.images].filter((_, i) => i % (4 * 6 * 3) === 0)
  }
  expect(await reds(1)).toEqual(await reds(1))
  expect(await reds(1)).not.toEqual(await reds(2))
})

describe('refused', () => {
  test('files that cannot be decoded, all named', async () => {
    await twoClasses()
    writeFileSync(join(root, 'train/blue/3.png'), 'not a picture')
    const whole = readFileSync(join(root, 'train/red/1.png'))
    writeFileSync(join(root, 'train/red/2.png'), whole.subarray(0, whole.length - 30))
    const error = await load().catch((error: Error) => error)
    expect(error).toBeInstanceOf(UsageError)
    expect((error as Error).message.split('\n')).toEqual([
      '2 images cannot be read. Replace or remove them, or leave unreadable images out with skipUnreadable: true (--skip-unreadable):',
      expect.stringMatching(
        /^ {2}- .*train\/blue\/3\.png: it is not a whole PNG, JPEG, WebP, GIF or BMP file\.$/,
      ),
      expect.stringMatching(/^ {2}- .*train\/red\/2\.png: /),
    ])
  })

  test('files of all parts at once, also before the size of the pictures is known; a link to nothing in words', async () => {
    await twoClasses()
    writeFileSync(join(root, 'train/blue/0.png'), '')
    writeFileSync(join(root, 'test/blue/0.jpg'), 'not a picture')
    symlinkSync('/nowhere.png', join(root, 'test/red/0.png'))
    for (const options of [{}, { imageSize: [4, 6] as const }]) {
      const error = await load(options).catch((error: Error) => error)
      expect((error as Error).message.split('\n').slice(1)).toEqual([
        expect.stringMatching(/train\/blue\/0\.png: it is empty\.$/),
        expect.stringMatching(/test\/blue\/0\.jpg: it is not a whole PNG/),
        expect.stringMatching(/test\/red\/0\.png: there is no such file or folder \(ENOENT\)/),
      ])
    }
  })

  test('a file that is cut short, in the same words whichever thread finds it', async () => {
    await twoClasses()
    const noise = Buffer.from(Array.from({ length: 90 * 90 * 3 }, (_, i) => (i * 7919) % 251))
    const raw = { width: 90, height: 90, channels: 3 } as const
    for (const ending of ['jpg', 'png', 'webp', 'gif']) {
      const path = join(root, `train/red/cut.${ending}`)
      await sharp(noise, { raw }).toFile(path)
      const whole = readFileSync(path)
      writeFileSync(path, whole.subarray(0, whole.length / 2))
    }
    const error = await load({ imageSize: [4, 6] }).catch((error: Error) => error)
    const reasons = (error as Error).message.split('\n').slice(1)
    expect(reasons).toHaveLength(4)
    for (const reason of reasons) expect(reason).toMatch(/: it is damaged or cut short\.$/)
  })

  test('a picture of more pixels than any real one', async () => {
    await image('train/a/1.png', red, { height: 10_001, width: 10_000 })
    await image('test/a/1.png', red)
    await expect(load()).rejects.toThrow(
      /1 image cannot be read.*\n.*1\.png: it says that it has 10000 × 10001 pixels; at most 100 million/,
    )
  })

  test('classes that differ between train and test', async () => {
    await twoClasses()
    await image('test/green/1.png', grey)
    await expect(load()).rejects.toThrow(
      `${root}/test has class folders that train does not have: a network cannot learn them. Only there: green; only in train: none.`,
    )
  })

  test.each([
    ['a missing folder', 'none', [], /The image folder .*none cannot be read: ENOENT/],
    ['no class folders', '.', ['1.png'], /has no class folders: expected one folder per class/],
    ['parts without classes', '.', ['train/1.png', 'test/1.png'], /train has no class folders: expected one/],
    [
      'test images without classes',
      '.',
      ['train/a/1.png', 'test/1.png'],
      /ask a trained model with heddle predict/,
    ],
    [
      'parts without train',
      '.',
      ['val/a/1.png', 'test/a/1.png'],
      /has the folders val and test, but no folder train/,
    ],
    [
      'two folders for one part',
      '.',
      ['train/a/1.png', 'val/a/1.png', 'Valid/a/1.png'],
      /Valid and val, which could all be the/,
    ],
    [
      'a path one level too high',
      '.',
      ['photos/a/1.png', 'photos/b/1.png'],
      /photos, and the class folders seem to lie in it: a and b\. Use the path .*photos\./,
    ],
    [
      'an empty class',
      '.',
      ['a/1.png', 'b/1.txt'],
      /b has no images \(\.png, \.jpg, \.jpeg, \.webp, \.gif, \.bmp\)/,
    ],
    [
      'train alone',
      '.',
      ['train/a/1.png', 'extra/a/1.png'],
      /a folder train with folders in it, but no folder test or val \(it has train, extra\)\. Name the folders/,
    ],
    [
      'nothing to hold out',
      '.',
      ['a/1.png'],
      /testSplit 0\.2 of 1 image leaves 1 for training and 0 for testing/,
    ],
  ])('%s', async (_name, path, files, message) => {
    for (const file of files) {
      mkdirSync(dirname(join(root, file)), { recursive: true })
      writeFileSync(join(root, file), '')
    }
    await expect(load({ path })).rejects.toThrow(UsageError)
    await expect(load({ path })).rejects.toThrow(message)
  })

  test('any image where sharp is not installed', async () => {
    // A copy of the sources outside the project finds no packages.
    const project = resolve(import.meta.dirname, '../../..')
    for (const part of ['src/base', 'src/data']) {
      cpSync(join(project, part), join(root, part), { recursive: true })
    }
    writeFileSync(join(root, 'package.json'), '{ "type": "module" }')
    const script = `
      import { createJiti } from ${JSON.stringify(join(project, 'node_modules/jiti/lib/jiti.mjs'))}
      const jiti = createJiti(${JSON.stringify(join(root, 'x.js'))}, { fsCache: false })
      const { imageDecoder } = await jiti.import('./src/data/sources/decode.ts')
      await imageDecoder('rgb', null).catch(error => console.log(error.name, error.message))`
    const said = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' })
    expect(said).toMatch(/^UsageError Reading image files needs the package sharp/)
    expect(said).toMatch(/Install it with: npm install sharp/)
  })
})

test('files that cannot be read are left out where somebody is told of them', async () => {
  await twoClasses()
  writeFileSync(join(root, 'train/blue/0.png'), 'no image')
  writeFileSync(join(root, 'test/blue/2.PNG'), 'no image')
  const told: string[] = []
  const { train, test } = await loadDataset(imageFolder({ path: '.' }), {
    baseDir: root,
    onUnreadable: (file, reason) => told.push(`${file}: ${reason}`),
  })
  expect(told).toEqual([
    expect.stringMatching(/train\/blue\/0\.png: it is not a whole PNG, JPEG, WebP, GIF or BMP file/),
    expect.stringMatching(/test\/blue\/2\.PNG: it is not a whole PNG, JPEG, WebP, GIF or BMP file/),
  ])
  expect([...train.labels]).toEqual([0, 0, 1])
  expect(train.files!.map(file => file.slice(root.length + 1))).toEqual([
    'train/blue/1.png',
    'train/blue/2.PNG',
    'train/red/1.png',
  ])
  expect([...test.labels]).toEqual([0, 1])
  expect([...test.images.subarray(0, 3)]).toEqual(blue)
  expect([...test.images.subarray(4 * 6 * 3, 4 * 6 * 3 + 3)]).toEqual(red)
  expect([...train.images.subarray(2 * 4 * 6 * 3, 2 * 4 * 6 * 3 + 3)]).toEqual(red)
})
