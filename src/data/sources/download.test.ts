import { mkdtempSync, rmSync } from 'node:fs'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { download, UnreachableError } from './download.ts'

const bytes = Buffer.from(Uint32Array.from({ length: 50_000 }, (_, i) => i * 2654435761).buffer)
let folder: string
let path: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'heddle-download-'))
  path = join(folder, 'file.part')
  return () => rmSync(folder, { recursive: true })
})

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/file`
}

const startOf = (range: string | undefined) => Number(/bytes=(\d+)-/.exec(range ?? '')?.[1] ?? 0)

test('a connection that drops again and again is continued with Range', async () => {
  const starts: number[] = []
  const url = await serve((request, response) => {
    const start = startOf(request.headers.range)
    starts.push(start)
    const headers = {
      'content-length': bytes.length - start,
      'content-range': `bytes ${start}-${bytes.length - 1}/${bytes.length}`,
    }
    response.writeHead(start > 0 ? 206 : 200, headers)
    const piece = bytes.subarray(start, start + 70_000)
    if (start + piece.length === bytes.length) response.end(piece)
    else response.write(piece, () => setTimeout(() => request.socket.destroy(), 50))
  })
  await download(url, { path, maxBytes: bytes.length })
  expect(Buffer.compare(await readFile(path), bytes)).toBe(0)
  expect(starts).toEqual([0, 70_000, 140_000])
})

test('a server without ranges starts over', async () => {
  const url = await serve((_request, response) => response.end(bytes))
  await writeFile(path, 'the start of something')
  await download(url, { path, maxBytes: bytes.length })
  expect(Buffer.compare(await readFile(path), bytes)).toBe(0)
})

test('a file that was complete already is left, one that is too long is fetched anew', async () => {
  const url = await serve((request, response) => {
    if (startOf(request.headers.range) === 0) return response.end(bytes)
    return response.writeHead(416, { 'content-range': `bytes */${bytes.length}` }).end()
  })
  await writeFile(path, bytes)
  await download(url, { path, maxBytes: bytes.length })
  expect(Buffer.compare(await readFile(path), bytes)).toBe(0)
  await writeFile(path, Buffer.alloc(bytes.length + 5))
  await download(url, { path, maxBytes: bytes.length })
  expect(Buffer.compare(await readFile(path), bytes)).toBe(0)
})

test('a server that never ends is cut off', async () => {
  const url = await serve((_request, response) => {
    response.on('error', () => {})
    const more = () => {
      while (!response.destroyed && response.write(bytes));
    }
    response.on('drain', more)
    more()
  })
  await expect(download(url, { path, maxBytes: 300_000 })).rejects.toThrow(
    /sends more than the 300000 bytes expected/,
  )
  expect((await stat(path)).size).toBeLessThanOrEqual(300_000)
})

test('a server that does not answer, or falls silent, is given up', async () => {
  const mute = await serve(() => {})
  const attempt = download(mute, { path, maxBytes: 1, connectTimeoutMs: 50 })
  await expect(attempt).rejects.toThrow(UnreachableError)
  await expect(attempt).rejects.toThrow(/127\.0\.0\.1:\d+ cannot be reached: no answer within 0\.05 s/)

  const silent = await serve((request, response) => {
    response.writeHead(request.headers.range ? 206 : 200, {
      'content-length': 1000,
      'content-range': 'bytes 3-',
    })
    response.flushHeaders()
    if (!request.headers.range) response.write('abc')
  })
  await expect(download(silent, { path, maxBytes: 1000, stallTimeoutMs: 50 })).rejects.toThrow(
    /broke off: nothing arrived for 0\.05 s/,
  )
  expect(await readFile(path, 'utf8')).toBe('abc')
})
