import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { expect, test } from 'vitest'
import { HeddleError, UsageError } from '../../base/errors.ts'
import { type DecodingTask, decodingHere, decodingOnThreads } from './decoding.ts'

test('threads give the bytes and the errors that this one gives', async () => {
  const root = mkdtempSync(join(tmpdir(), 'heddle-decoding-'))
  const paths = ['1.jpg', '2.png', '3.webp'].map(name => join(root, name))
  for (const [i, path] of paths.entries()) {
    const levels = Uint8Array.from({ length: 20 * 30 * 3 }, (_, at) => (at * (i + 3)) % 251)
    const picture = sharp(levels, { raw: { width: 30, height: 20, channels: 3 } })
    await picture.withMetadata({ orientation: 6 }).toFile(path)
  }
  const broken = join(root, 'broken.png')
  writeFileSync(broken, 'no picture')
  const task: DecodingTask = { colorMode: 'grayscale', imageSize: [8, 8], options: { fit: 'pad' } }
  const here = await decodingHere(task)
  const threads = await decodingOnThreads(task, 2)
  try {
    const expected = await Promise.all(paths.map(path => here.decode(path)))
    const decoded = await Promise.all(paths.map(path => threads.decode(path)))
    decoded.forEach(({ size, pixels }, i) => {
      expect(size).toEqual([8, 8])
      expect(pixels).toEqual(expected[i]!.pixels)
    })
    const refusal = await here.decode(broken).catch(error => error)
    const refused = await threads.decode(broken).catch(error => error)
    expect(refused).toBeInstanceOf(HeddleError)
    expect(refused.message).toBe(refusal.message)
  } finally {
    await threads.end()
    rmSync(root, { recursive: true })
  }
})

test('a thread that has ended refuses every picture, also those that it is asked for later', async () => {
  const none = { colorMode: 'sepia', imageSize: [8, 8], options: {} } as unknown as DecodingTask
  const threads = await decodingOnThreads(none, 1)
  for (const path of ['1.jpg', '2.jpg']) {
    const refused = await threads.decode(path).catch(error => error)
    expect(refused).toBeInstanceOf(UsageError)
    expect(refused.message).toMatch(/^A thread that decodes pictures has ended \(.*sepia.*\)\. Start again/)
  }
  await threads.end()
})
