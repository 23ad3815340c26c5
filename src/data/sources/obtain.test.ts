import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { type KnownDataset, obtain } from './obtain.ts'

/** Bytes that gzip cannot shrink: a chain of hashes. */
function noise(sizeBytes: number, seed: string): Buffer {
  const blocks: Buffer[] = []
  for (let hash = seed; blocks.length * 64 < sizeBytes; ) {
    const digest = createHash('sha512').update(hash).digest()
    blocks.push(digest)
    hash = digest.toString('hex')
  }
  return Buffer.concat(blocks).subarray(0, sizeBytes)
}

const content: Record<string, Buffer> = { images: noise(400_000, 'images'), labels: noise(100, 'labels') }
const packed = Object.fromEntries(
  Object.entries(content).map(([name, bytes]) => [`${name}.gz`, gzipSync(bytes)]),
)

const dataset: KnownDataset = {
  title: 'Tiny',
  folder: 'tiny',
  files: Object.entries(content).map(([name, bytes]) => ({
    name,
    sizeBytes: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
  })),
  mirrors: [],
  debianPackage: null,
  advice: 'What you can do: nothing.',
}

let home: string
let env: NodeJS.ProcessEnv
let notices: string[]
const cache = () => join(home, 'cache', 'tiny')
const onNotice = (message: string) => notices.push(message)

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'heddle-obtain-'))
  env = { HEDDLE_CACHE: join(home, 'cache'), XDG_DATA_DIRS: join(home, 'share') }
  notices = []
  return () => rmSync(home, { recursive: true })
})

async function put(folder: string, files: Record<string, Uint8Array>): Promise<string> {
  await mkdir(folder, { recursive: true })
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), bytes)
  return folder
}

type Handler = (request: IncomingMessage, response: ServerResponse, bytes: Buffer, start: number) => void

/** Sends everything from `start`, as a server that knows ranges. */
const wholeFile: Handler = (_request, response, bytes, start) => {
  const range = { 'content-range': `bytes ${start}-${bytes.length - 1}/${bytes.length}` }
  response.writeHead(start > 0 ? 206 : 200, {
    'content-length': bytes.length - start,
    ...(start > 0 && range),
  })
  response.end(bytes.subarray(start))
}

/** A real server on a free port; returns its address and what it was asked. */
async function serve(handler: Handler = wholeFile): Promise<{ mirror: string; asked: string[] }> {
  const asked: string[] = []
  const server = createServer((request, response) => {
    const name = request.url!.slice(1)
    const start = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0)
    asked.push(start > 0 ? `${name} from ${start}` : name)
    const bytes = packed[name]
    if (bytes) handler(request, response, bytes, start)
    else response.writeHead(404).end()
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { mirror: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, asked }
}

/** Nothing listens there: the port was free a moment ago. */
async function closedPort(): Promise<string> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise(resolve => server.close(resolve))
  return `http://127.0.0.1:${port}/`
}

test.each(['.', 'tiny'])('a data folder is used before the cache, plain or packed (%s)', async below => {
  const folder = await put(join(home, 'mine', below), {
    images: content.images!,
    'labels.gz': packed['labels.gz']!,
  })
  await put(cache(), packed)
  const { files, provenance } = await obtain(dataset, { env, onNotice, dataDir: join(home, 'mine') })
  expect(provenance).toBe(`data folder ${folder}`)
  expect(Buffer.compare(files.get('images')!, content.images!)).toBe(0)
  expect(Buffer.compare(files.get('labels')!, content.labels!)).toBe(0)
  expect(notices).toEqual([])
})

test('HEDDLE_DATA is used, and an argument wins over it', async () => {
  const mine = await put(join(home, 'mine'), packed)
  const other = await put(join(home, 'other'), packed)
  env.HEDDLE_DATA = mine
  expect((await obtain(dataset, { env })).provenance).toBe(`data folder ${mine}`)
  expect((await obtain(dataset, { env, dataDir: other })).provenance).toBe(`data folder ${other}`)
})

test('a data folder without the data is announced, and the search goes on', async () => {
  await put(cache(), packed)
  const { provenance } = await obtain(dataset, { env, onNotice, dataDir: join(home, 'empty') })
  expect(provenance).toBe(`cache ${cache()}`)
  expect(notices).toEqual([
    `${join(home, 'empty')} does not hold all of Tiny; missing: images, labels. Looking in the cache and elsewhere.`,
  ])
})

test('files of a shared folder complete those of the cache', async () => {
  await put(cache(), { labels: content.labels! })
  const shared = await put(join(home, 'share', 'datasets', 'tiny'), packed)
  expect((await obtain(dataset, { env })).provenance).toBe(`cache ${cache()} and system folder ${shared}`)
})

test('a download is kept: the second run needs no network', async () => {
  const { mirror, asked } = await serve()
  const progress: number[] = []
  const options = {
    env,
    onProgress: ({ done, total }: { done: number; total: number }) => progress.push(done / total),
  }
  const first = await obtain({ ...dataset, mirrors: [mirror] }, options)
  expect(first.provenance).toBe(`${mirror} (kept in ${cache()})`)
  expect(progress.at(-1)).toBe(1)
  expect(await readdir(cache())).toEqual(['images.gz', 'labels.gz'])
  expect((await obtain(dataset, { env })).provenance).toBe(`cache ${cache()}`)
  expect(asked).toEqual(['images.gz', 'labels.gz'])
})

test('a damaged file in the cache is set aside, never deleted, and fetched again', async () => {
  const damaged = Buffer.from(content.images!)
  damaged[1234]! ^= 1
  const found = createHash('sha256').update(damaged).digest('hex')
  await put(cache(), {
    images: damaged,
    'images.corrupt-1': Buffer.from('earlier'),
    'labels.gz': packed['labels.gz']!,
  })
  const { mirror, asked } = await serve()
  await obtain({ ...dataset, mirrors: [mirror] }, { env, onNotice })
  const path = join(cache(), 'images')
  expect(notices).toEqual([
    `${path} is damaged: its SHA-256 is ${found} (400000 bytes), expected ${dataset.files[0]!.sha256} (400000 bytes). ` +
      `It was set aside as ${path}.corrupt-2; trying the next source.`,
  ])
  expect(asked).toEqual(['images.gz'])
  expect(await readdir(cache())).toEqual(['images.corrupt-1', 'images.corrupt-2', 'images.gz', 'labels.gz'])
  expect(Buffer.compare(await readFile(join(cache(), 'images.corrupt-2')), damaged)).toBe(0)
  expect(await readFile(join(cache(), 'images.corrupt-1'), 'utf8')).toBe('earlier')
})

test.each([
  ['cut off', packed['images.gz']!.subarray(0, 1000), /cannot hold|unexpected end of file/],
  ['too long', Buffer.alloc(600_000), /it has 600000 bytes, expected 400000/],
  ['a bomb', gzipSync(Buffer.alloc(1_000_000)), /cannot hold 400000 bytes|unpacks to more than 400000 bytes/],
])('a damaged file in a folder of the user is left as it is (%s)', async (_name, damaged, reason) => {
  const mine = await put(join(home, 'mine'), { ...packed, 'images.gz': damaged })
  await put(cache(), packed)
  const { provenance } = await obtain(dataset, { env, onNotice, dataDir: mine })
  expect(provenance).toBe(`data folder ${mine} and cache ${cache()}`)
  expect(notices[0]).toMatch(reason)
  expect(notices[0]).toMatch('It is left as it is; trying the next source.')
  expect(notices[0]).not.toMatch('again')
  expect(Buffer.compare(await readFile(join(mine, 'images.gz')), damaged)).toBe(0)
  expect(await readdir(mine)).toEqual(['images.gz', 'labels.gz'])
})

test('a folder in the place of a file is reported, not fatal', async () => {
  await mkdir(join(home, 'mine', 'images.gz'), { recursive: true })
  await put(cache(), packed)
  await obtain(dataset, { env, onNotice, dataDir: join(home, 'mine') })
  expect(notices[0]).toMatch('images.gz is damaged: it is not a file. It is left as it is')
})

test('two at once end with one sound cache', async () => {
  const { mirror } = await serve()
  const both = await Promise.all([1, 2].map(() => obtain({ ...dataset, mirrors: [mirror] }, { env })))
  for (const { files } of both) expect(Buffer.compare(files.get('images')!, content.images!)).toBe(0)
  expect(await readdir(cache())).toEqual(['images.gz', 'labels.gz'])
})

test('a mirror that is down is asked once, and the next one is used', async () => {
  const down = await closedPort()
  const { mirror } = await serve()
  const { provenance } = await obtain({ ...dataset, mirrors: [down, mirror] }, { env })
  expect(provenance).toBe(`${mirror} (kept in ${cache()})`)
})

test('a mirror with other content is not believed', async () => {
  const wrong = await serve((_request, response) => response.end('<html>Please log in</html>'))
  const { mirror } = await serve()
  const { provenance } = await obtain({ ...dataset, mirrors: [wrong.mirror, mirror] }, { env })
  expect(provenance).toBe(`${mirror} (kept in ${cache()})`)
  expect(await readdir(cache())).toEqual(['images.gz', 'labels.gz'])
})

test('when all fail, one error lists every source, its reason and what to do', async () => {
  const down = await closedPort()
  const empty = await serve((_request, response) => response.writeHead(503).end())
  const folder = join(home, 'mine')
  const error = await obtain({ ...dataset, mirrors: [down, empty.mirror] }, { env, dataDir: folder }).catch(
    (error: Error) => error,
  )
  const host = new URL(down).host
  expect((error as Error).message.split('\n')).toEqual([
    'Tiny could not be found or fetched; missing: images, labels. Tried, in this order:',
    `  - data folder ${folder}: holds none of the files`,
    `  - data folder ${folder}/tiny: holds none of the files`,
    `  - cache ${cache()}: holds none of the files`,
    `  - system folder ${home}/share/datasets/tiny: holds none of the files`,
    `  - mirror ${down}: ${host} cannot be reached: connect ECONNREFUSED ${host}`,
    `  - mirror ${empty.mirror}: ${empty.mirror}images.gz answered 503 Service Unavailable`,
    `  - mirror ${empty.mirror}: ${empty.mirror}labels.gz answered 503 Service Unavailable`,
    'What you can do: nothing.',
  ])
})

test('where the cache cannot be written, the data is used all the same', async () => {
  await writeFile(join(home, 'cache'), 'a file where the cache should be')
  const { mirror } = await serve()
  const { provenance } = await obtain({ ...dataset, mirrors: [mirror] }, { env, onNotice })
  expect(provenance).toBe(`${mirror} (not kept)`)
  expect(notices).toEqual([expect.stringMatching(/cannot be written \(ENOTDIR|EEXIST\).*Set HEDDLE_CACHE/)])
})

test('what a broken download has left is continued by the next run', async () => {
  const bytes = packed['images.gz']!
  // The server dies after the first 100,000 bytes: what follows is refused.
  const dying = await serve((request, response, file, start) => {
    if (start > 0) return response.writeHead(500).end()
    response.writeHead(200, { 'content-length': file.length })
    response.write(file.subarray(0, 100_000), () => setTimeout(() => request.socket.destroy(), 50))
  })
  await expect(
    obtain({ ...dataset, files: dataset.files.slice(0, 1), mirrors: [dying.mirror] }, { env }),
  ).rejects.toThrow('answered 500')
  expect(await readdir(cache())).toEqual(['images.gz.part'])
  const kept = (await readFile(join(cache(), 'images.gz.part'))).length
  expect(kept).toBeGreaterThan(0)

  const { mirror, asked } = await serve()
  const { files } = await obtain({ ...dataset, mirrors: [mirror] }, { env })
  expect(asked).toEqual([`images.gz from ${kept}`, 'labels.gz'])
  expect(kept).toBeLessThan(bytes.length)
  expect(Buffer.compare(files.get('images')!, content.images!)).toBe(0)
  expect(await readdir(cache())).toEqual(['images.gz', 'labels.gz'])
})

test('the half of a process that was killed is taken over, that of a running one is not', async () => {
  const bytes = packed['images.gz']!
  // No process has the largest pid that Linux allows, plus one; this process runs.
  await put(cache(), {
    'images.gz.part-4194305-00000000': bytes.subarray(0, 5000),
    [`images.gz.part-${process.pid}-00000000`]: bytes.subarray(0, 6000),
  })
  const { mirror, asked } = await serve()
  await obtain({ ...dataset, mirrors: [mirror] }, { env })
  expect(asked).toEqual(['images.gz from 5000', 'labels.gz'])
  expect(await readdir(cache())).toEqual(['images.gz', `images.gz.part-${process.pid}-00000000`, 'labels.gz'])
})
