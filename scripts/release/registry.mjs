// A registry on this machine, for trying packages before they are published: it has the packed files, and hands every other question on to
// the registry that npm is set to. So `npm install heddle` is tried as a user types it.
//
//   node scripts/release/registry.mjs FOLDER        the folder of packed.json; prints its address, and ends with its standard input
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { basename, join } from 'node:path'

const packed = JSON.parse(readFileSync(join(process.argv[2], 'packed.json'), 'utf8'))
const upstream = execFileSync('npm', ['config', 'get', 'registry'], { encoding: 'utf8' })
  .trim()
  .replace(/\/$/, '')
const files = new Map(packed.map(({ file }) => [`/-/${basename(file)}`, file]))
const server = createServer((request, response) => {
  answer(request, response).catch(error => response.writeHead(502).end(String(error)))
})
await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
const url = `http://127.0.0.1:${server.address().port}`
console.log(url)
process.stdin.on('end', () => process.exit()).resume()

async function answer(request, response) {
  const path = decodeURIComponent(request.url.split('?')[0])
  const file = files.get(path)
  if (file) return void response.end(readFileSync(file))
  const own = packed.filter(({ manifest }) => path === `/${manifest.name}`)
  if (own.length > 0) {
    response.setHeader('content-type', 'application/json')
    return void response.end(JSON.stringify(packument(own)))
  }
  const { accept = '*/*' } = request.headers
  const given = await fetch(upstream + request.url, { headers: { accept } })
  response.writeHead(given.status, { 'content-type': given.headers.get('content-type') ?? '' })
  response.end(Buffer.from(await given.arrayBuffer()))
}

/** What a registry says of a package: its manifests, and where its files are. */
function packument(own) {
  const versions = own.map(({ file, manifest }) => {
    const bytes = readFileSync(file)
    const hash = (algorithm, encoding) => createHash(algorithm).update(bytes).digest(encoding)
    const dist = {
      tarball: `${url}/-/${basename(file)}`,
      integrity: `sha512-${hash('sha512', 'base64')}`,
      shasum: hash('sha1', 'hex'),
    }
    return [manifest.version, { ...manifest, _id: `${manifest.name}@${manifest.version}`, dist }]
  })
  const { name, version } = own[0].manifest
  return { name, 'dist-tags': { latest: version }, versions: Object.fromEntries(versions), time: {} }
}
