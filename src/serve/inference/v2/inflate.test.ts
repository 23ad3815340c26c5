import { deflateSync, gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { unpacked } from './inflate.ts'

const text = Buffer.from('{"inputs": []}')

test('bodies are unpacked', async () => {
  expect(await unpacked(text, undefined, 10)).toBe(text)
  expect(await unpacked(gzipSync(text), 'gzip', 100)).toEqual(text)
  expect(await unpacked(deflateSync(text), 'deflate', 100)).toEqual(text)
})

test('a body that unpacks to more than it may is refused', async () => {
  const bomb = gzipSync(Buffer.alloc(10_000_000))
  expect(bomb.length).toBeLessThan(20_000)
  await expect(unpacked(bomb, 'gzip', 1000)).rejects.toThrow('The unpacked body is larger than 1000 bytes.')
})

test('a body of another form is refused', async () => {
  await expect(unpacked(text, 'gzip', 1000)).rejects.toThrow('The body is not gzip: incorrect header check.')
  await expect(unpacked(gzipSync(text).subarray(0, 12), 'gzip', 1000)).rejects.toThrow(
    'The body is not gzip: ',
  )
  await expect(unpacked(text, 'br', 1000)).rejects.toThrow(
    'Content-Encoding must be gzip or deflate, not "br".',
  )
})
