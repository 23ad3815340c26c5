import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import * as heddle from '../../src/browser.ts'
import { wasm } from '../support/engines.ts'
import { chromiumPath, launch, noChromium } from './browser-page.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
/** Trains a network of one convolution and returns its weights and why it decides so, as text; runs here and in the page. */
async function trained(
  {
    conv2d,
    createNetwork,
    dense,
    evaluate,
    explainImages,
    fit,
    flatten,
    maxPooling2d,
    sequential,
    sgd,
  }: typeof heddle,
  backend: heddle.Backend,
): Promise<string> {
  const count = 150
  const model = sequential([
    conv2d({ filters: 8, kernelSize: 3, activation: 'relu' }),
    maxPooling2d(),
    flatten(),
    dense({ units: 3, activation: 'softmax' }),
  ])
  const examples = {
    images: Uint8Array.from({ length: count * 144 }, (_, i) => (i * 2654435761) >>> 24),
    labels: Int32Array.from({ length: count }, (_, i) => i % 3),
  }
  const network = createNetwork(model, { inputShape: [12, 12, 1], seed: 1, backend })
  const data = {
    name: 'noise',
    classNames: ['a', 'b', 'c'],
    imageShape: [12, 12, 1],
    fingerprint: '',
  } as const
  const loss = 'sparseCategoricalCrossentropy'
  const history = await fit(
    network,
    { ...data, train: examples, test: examples },
    { optimizer: sgd({ learningRate: 0.1 }), loss, epochs: 3, seed: 2 },
  )
  const tested = await evaluate(network, examples, { loss })
  const why = await explainImages(network, { images: examples.images.subarray(0, 144) })
  const weights = [...network.weights].map(([name, values]) => [name, ...values])
  return JSON.stringify([history, tested, weights, why])
}

const page = `<!doctype html><script type="module">
const answer = text => fetch('/answer', { method: 'POST', body: text })
try {
  const heddle = await import('/dist/browser.js')
  const compile = name => WebAssembly.compileStreaming(fetch('/build/' + name))
  const threads = new heddle.WasmThreads(3, () => new Worker('/thread.js', { type: 'module' }))
  const backends = [
    heddle.wasmBackend(await compile('heddle.wasm')),
    heddle.wasmBackend(await compile('threads.wasm'), threads),
  ]
  const answers = []
  for (const backend of backends) answers.push(await (${trained})(heddle, backend))
  answer(JSON.stringify(answers))
} catch (error) {
  answer(String(error.stack))
}
</script>`

const thread = `import { wasmThread } from '/dist/browser.js'
wasmThread(hear => addEventListener('message', ({ data }) => hear(data)))`

const types: Readonly<Record<string, string>> = { '.js': 'text/javascript', '.wasm': 'application/wasm' }

/** What the page answers, in a real browser. */
async function answerInPage(): Promise<string> {
  let answered: (text: string) => void
  const answer = new Promise<string>(resolve => {
    answered = resolve
  })
  const server = createServer((request, response) => {
    const path = normalize(request.url ?? '/')
    // Only an isolated page may share memory.
    response.setHeader('cross-origin-opener-policy', 'same-origin')
    response.setHeader('cross-origin-embedder-policy', 'require-corp')
    if (request.method === 'POST') {
      let body = ''
      request.setEncoding('utf8').on('data', text => {
        body += text
      })
      request.on('end', () => answered(body))
      response.end()
    } else if (path === '/') {
      response.setHeader('content-type', 'text/html').end(page)
    } else if (path === '/thread.js') {
      response.setHeader('content-type', 'text/javascript').end(thread)
    } else if (types[extname(path)]) {
      response.setHeader('content-type', types[extname(path)]!).end(readFileSync(join(root, path)))
    } else response.writeHead(404).end()
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  // Playwright waits for all processes of the browser before it removes its profile.
  const browser = await launch()
  try {
    await (await browser.newPage()).goto(`http://127.0.0.1:${port}/`)
    return await answer
  } finally {
    await browser.close()
    server.closeAllConnections()
    server.close()
  }
}

if (chromiumPath) {
  test('a page trains a network to the same weights as Node, to the bit, with and without threads', async () => {
    const answer = await trained(heddle, wasm)
    expect(JSON.parse(await answerInPage())).toEqual([answer, answer])
  }, 60_000)
} else test.skip(`a page trains a network: ${noChromium}`)

test('without a backend, a browser is told which one to give', () => {
  const { process } = globalThis
  try {
    Reflect.deleteProperty(globalThis, 'process')
    expect(() =>
      heddle.createNetwork(heddle.sequential([heddle.dense({ units: 1 })]), { inputShape: [1] }),
    ).toThrow('In a browser, give a backend: wasmBackend(await WebAssembly.compileStreaming(fetch(url)))')
  } finally {
    Object.assign(globalThis, { process })
  }
})
