// Runs worker.js of the current folder as a worker's runtime does: with the globals of the web and without Node's modules; `.wasm` is imported as a
// module that is compiled, the model as bytes. Prints [status, body] for a picture, for something else, and without a body.
//
//   node --experimental-vm-modules ask-worker.mjs ROOT
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createContext, SourceTextModule, SyntheticModule } from 'node:vm'

const [root] = process.argv.slice(2)
const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const web = {
  atob,
  console,
  DecompressionStream,
  MessageChannel,
  Request,
  Response,
  TextDecoder,
  TextEncoder,
  URL,
}
const context = createContext(web)
const modules = new Map()

function pathOf(name, from) {
  if (name.startsWith('.')) return join(dirname(from), name)
  const entry = exports[name.replace(/^heddle/, '.')]
  if (!entry) throw new Error(`${from} imports ${name}, which a worker does not have.`)
  return join(root, entry.default ?? entry)
}

function moduleOf(path) {
  const known = modules.get(path)
  if (known) return known
  const bytes = readFileSync(path)
  const value = path.endsWith('.wasm') ? new WebAssembly.Module(bytes) : Uint8Array.from(bytes).buffer
  const made = path.endsWith('.js')
    ? new SourceTextModule(bytes.toString(), { context, identifier: path })
    : new SyntheticModule(['default'], () => made.setExport('default', value), { context, identifier: path })
  modules.set(path, made)
  return made
}

const worker = moduleOf(join(process.cwd(), 'worker.js'))
await worker.link((name, { identifier }) => moduleOf(pathOf(name, identifier)))
await worker.evaluate()
const bodies = [readFileSync('picture.png'), Buffer.from('<html></html>'), null]
const answers = bodies.map(async body => {
  const request = new Request('https://example.com/', { method: 'POST', body })
  const response = await worker.namespace.default.fetch(request)
  return [response.status, await response.json()]
})
process.stdout.write(JSON.stringify(await Promise.all(answers)))
