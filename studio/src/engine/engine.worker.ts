import { decodeModel, type Network, WasmThreads, wasmBackend } from '../../../src/browser.ts'
import { type ModelFacts, questions } from '../../../src/insight/explain/asked-model.ts'
import { getBytes, send } from '../api.ts'

type OfModel<F> = F extends (network: Network, ...args: infer A) => infer R ? (...args: A) => R : never

export interface LoadedFacts extends ModelFacts {
  /** Where questions are answered: in the server where this browser gets no engine. */
  readonly place: 'browser' | 'server'
}

/** What can be asked, by name: first `load`, then of the network that was loaded. */
export type Questions = { readonly load: (run: string) => Promise<LoadedFacts> } & {
  readonly [N in Exclude<keyof typeof questions, 'facts'>]: OfModel<(typeof questions)[N]>
}

interface Question {
  readonly id: number
  readonly name: keyof Questions
  readonly args: readonly unknown[]
}

type Ask = (name: keyof typeof questions, args: readonly unknown[]) => Promise<unknown>

let ask: Ask

async function load(run: string): Promise<LoadedFacts> {
  const threaded = crossOriginIsolated ? await fetch('/threads.wasm') : null
  const engine = threaded?.ok ? threaded : await fetch('/heddle.wasm')
  const threads = threaded?.ok ? new WasmThreads(navigator.hardwareConcurrency, startThread) : null
  ask = engine.ok ? await inBrowser(run, engine, threads) : inServer(run)
  const facts = (await ask('facts', [])) as ModelFacts
  return { ...facts, place: engine.ok ? 'browser' : 'server' }
}

const startThread = (): Worker =>
  new Worker(new URL('./thread.worker.ts', import.meta.url), { type: 'module' })

async function inBrowser(run: string, engine: Response, threads: WasmThreads | null): Promise<Ask> {
  const [bytes, compiled] = await Promise.all([
    getBytes(`/runs/${run}/model`),
    WebAssembly.compileStreaming(engine),
  ])
  const network = decodeModel(bytes, { backend: wasmBackend(compiled, threads), name: 'The model' })
  return (name, args) => {
    const answer = questions[name] as (network: Network, ...args: readonly unknown[]) => Promise<unknown>
    return answer(network, ...args)
  }
}

function inServer(run: string): Ask {
  return (question, [pixels, explain = null]) =>
    send('POST', `/runs/${run}/ask`, {
      question,
      pixels: pixels ? base64(pixels as Uint8Array) : '',
      explain,
    })
}

const base64 = (bytes: Uint8Array): string =>
  btoa(Array.from(bytes, byte => String.fromCharCode(byte)).join(''))

addEventListener('message', async ({ data }: MessageEvent<Question>) => {
  const { id, name, args } = data
  try {
    postMessage({ id, value: await (name === 'load' ? load(args[0] as string) : ask(name, args)) })
  } catch (error) {
    postMessage({ id, error: (error as Error).message })
  }
})
