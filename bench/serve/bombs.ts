/**
 * How long `heddle serve` takes to refuse pictures that unpack to far more than they are: the slowest of five tries each.
 *
 *   npx jiti bench/serve/bombs.ts
 *
 * Prints JSON.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32, deflateSync } from 'node:zlib'
import { ask, endConnections, type Served, serve, trainedModel } from './served.ts'

function part(name: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), data])
  const [size, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
  size.writeUInt32BE(data.length)
  sum.writeUInt32BE(crc32(body))
  return Buffer.concat([size, body, sum])
}

/** A grey PNG that says that it has this size, and holds `bytes` zeros. */
function png(width: number, height: number, bytes: number): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header[8] = 8
  const start = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  const pixels = part('IDAT', deflateSync(Buffer.alloc(bytes)))
  return Buffer.concat([start, part('IHDR', header), pixels, part('IEND', Buffer.alloc(0))])
}

const gif = Buffer.from('GIF89a\xff\xff\xff\xff\x00\x00\x00;', 'latin1')
const bombs: Readonly<Record<string, Buffer>> = {
  'PNG of 60,000 x 60,000, a header alone': png(60_000, 60_000, 100),
  'PNG of 9,000 x 9,000 with its pixels (81 MB)': png(9000, 9000, 9000 * 9001),
  'PNG of 28 x 28 that unpacks to 200 MB': png(28, 28, 2e8),
  'GIF of 65,535 x 65,535': gif,
}

const folder = mkdtempSync(join(tmpdir(), 'heddle-bombs-'))
let server: Served | null = null
try {
  const { model, picture } = await trainedModel(folder)
  server = await serve(model)
  for (let i = 0; i < 50; i++) await ask(server.port, picture)
  for (const [name, bytes] of Object.entries(bombs)) {
    const answers = []
    for (let i = 0; i < 5; i++) answers.push(await ask(server.port, bytes))
    const slowestMs = Math.round(10 * Math.max(...answers.map(({ ms }) => ms))) / 10
    console.log(
      JSON.stringify({ name, bytes: bytes.length, status: answers.map(({ status }) => status), slowestMs }),
    )
  }
} finally {
  server?.child.kill('SIGKILL')
  endConnections()
  rmSync(folder, { recursive: true })
}
