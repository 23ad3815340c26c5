import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { beforeEach, expect, test } from 'vitest'
import type { PictureFolder } from './picture-folder.ts'
import { PictureFolders } from './picture-folders.ts'

let root: string
let folder: PictureFolder
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'heddle-pictures-'))
  folder = await new PictureFolders(root).add('flowers')
  return () => rmSync(root, { recursive: true })
})

async function png(background: string): Promise<Uint8Array> {
  return await sharp({ create: { width: 8, height: 8, channels: 3, background } })
    .png()
    .toBuffer()
}

/** Every file and folder, without those in the trash. */
function there(): string[] {
  const all = readdirSync(folder.path, { recursive: true, encoding: 'utf8' })
  return all.filter(path => !path.startsWith('.trash')).sort()
}

async function shown(): Promise<Record<string, string[]>> {
  const { classes } = await folder.list()
  return Object.fromEntries(classes.map(({ name, pictures }) => [name, pictures.map(({ id }) => id)]))
}

test('pictures are added under clean names; nothing is overwritten, and the same one is kept once', async () => {
  const [red, blue] = [await png('#f00'), await png('#00f')]
  const add = (name: string, bytes: Uint8Array) => folder.add({ class: 'rose', name, bytes, batch: 'a' })
  expect(await add('../x/IMG.PNG', red)).toMatchObject({ id: 'rose/-x-IMG.png', isThere: false })
  // The content decides the ending.
  expect(await add('a.jpg', red)).toMatchObject({ id: 'rose/-x-IMG.png', isThere: true })
  expect(await add('-x-img.gif', blue)).toMatchObject({ id: 'rose/-x-img-2.png', isThere: false })
  expect(there()).toEqual(['rose', 'rose/-x-IMG.png', 'rose/-x-img-2.png'])
  expect(readFileSync(join(folder.path, 'rose/-x-IMG.png'))).toEqual(red)
  expect((await folder.page()).undo).toBe('2 pictures added')
  await folder.undo()
  expect(await shown()).toEqual({})
  expect(readdirSync(join(folder.path, '.trash'), { recursive: true }).length).toBeGreaterThan(2)
})

test('pictures are moved and removed, classes renamed and removed, and all of it is taken back', async () => {
  await folder.addClass('tulip')
  for (const [i, colour] of ['#100', '#200', '#300'].entries())
    await folder.add({ class: 'rose', name: `${i}.png`, bytes: await png(colour), batch: 'a' })
  await folder.add({ class: 'tulip', name: '1.png', bytes: await png('#400'), batch: 'b' })
  const before = await shown()
  await folder.move(['rose/0.png', 'rose/1.png', 'tulip/1.png'], 'tulip')
  expect(await shown()).toEqual({
    rose: ['rose/2.png'],
    tulip: ['tulip/0.png', 'tulip/1-2.png', 'tulip/1.png'],
  })
  await folder.remove(['tulip/1.png'])
  await folder.renameClass('rose', 'Rose')
  await folder.removeClass('tulip')
  expect(await shown()).toEqual({ Rose: ['Rose/2.png'] })
  for (const text of [
    'the class tulip removed',
    'rose renamed to Rose',
    '1 picture removed',
    '2 pictures moved to tulip',
  ]) {
    expect((await folder.page()).undo).toBe(text)
    await folder.undo()
  }
  expect(await shown()).toEqual(before)
  await folder.undo()
  await folder.undo()
  await folder.undo()
  expect(await shown()).toEqual({})
  await expect(folder.undo()).rejects.toThrow('There is nothing to take back.')
})

test('a picture is known by a listing only: paths to other places are none', async () => {
  writeFileSync(join(root, 'secret.png'), await png('#f00'))
  await folder.add({ class: 'rose', name: 'a.png', bytes: await png('#f00'), batch: 'a' })
  for (const id of [
    '../../secret.png',
    'rose/../../../secret.png',
    '/etc/passwd',
    'rose',
    'rose/',
    '',
    'rose/a.png/',
    'ROSE/a.png',
  ]) {
    await expect(folder.pathOf(id)).rejects.toThrow('is not in pictures/flowers')
    await expect(folder.move([id], 'rose')).rejects.toThrow('is not in pictures/flowers')
    await expect(folder.remove([id])).rejects.toThrow('is not in pictures/flowers')
  }
  await expect(folder.move(['rose/a.png'], '../..')).rejects.toThrow('There is no class "../.."')
  await expect(folder.removeClass('..')).rejects.toThrow('There is no class')
  await expect(folder.renameClass('rose', '../..')).rejects.toThrow('needs a letter or a digit')
  await folder.renameClass('rose', '../evil')
  expect(await shown()).toEqual({ '-evil': ['-evil/a.png'] })
})

test('links are not followed, neither those that were there nor those that came later', async () => {
  mkdirSync(join(root, 'private'))
  writeFileSync(join(root, 'private/a.png'), await png('#f00'))
  symlinkSync(join(root, 'private'), join(folder.path, 'linked'))
  await folder.add({ class: 'rose', name: 'a.png', bytes: await png('#0f0'), batch: 'a' })
  symlinkSync(join(root, 'private/a.png'), join(folder.path, 'rose/link.png'))
  expect(await folder.list()).toMatchObject({
    classes: [{ name: 'rose', pictures: [{ id: 'rose/a.png' }] }],
    leftOut: ['linked', 'rose/link.png'],
  })
  await expect(
    folder.add({ class: 'linked', name: 'b.png', bytes: await png('#00f'), batch: 'b' }),
  ).rejects.toThrow()
  rmSync(join(folder.path, 'rose'), { recursive: true })
  symlinkSync(join(root, 'private'), join(folder.path, 'rose'))
  await expect(folder.pathOf('rose/a.png')).rejects.toThrow()
  expect(readdirSync(join(root, 'private'))).toEqual(['a.png'])
  // The folder of all pictures, too.
  const other = join(root, 'other')
  mkdirSync(other)
  symlinkSync(join(root, 'pictures'), join(other, 'pictures'))
  await expect(new PictureFolders(other).get('flowers')).rejects.toThrow('is not a folder but a link')
})

test('a folder that is divided into parts is for the command line', async () => {
  for (const part of ['train', 'test']) mkdirSync(join(folder.path, part, 'rose'), { recursive: true })
  await expect(folder.list()).rejects.toThrow('is divided into parts (test, train)')
})

test('folders below a class are read, and what is moved out of them keeps its name', async () => {
  mkdirSync(join(folder.path, 'rose/2020/.hidden'), { recursive: true })
  writeFileSync(join(folder.path, 'rose/2020/a.png'), await png('#f00'))
  writeFileSync(join(folder.path, 'rose/2020/.hidden/b.png'), await png('#f00'))
  writeFileSync(join(folder.path, 'rose/notes.txt'), '')
  await folder.addClass('tulip')
  expect(await folder.list()).toMatchObject({ leftOut: ['rose/notes.txt'] })
  await folder.move(['rose/2020/a.png'], 'tulip')
  expect(await shown()).toEqual({ rose: [], tulip: ['tulip/a.png'] })
  await folder.undo()
  expect(existsSync(join(folder.path, 'rose/2020/a.png'))).toBe(true)
})
