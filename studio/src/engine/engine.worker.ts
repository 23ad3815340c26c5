import { decodeModel, type Network, wasmBackend } from '../../../src/browser.ts'
import { type ModelFacts, questions } from '../../../src/insight/explain/asked-model.ts'
import { fromJson } from '../../../src/protocol/json.ts'

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
  const engine = await fetch('/heddle.wasm')
  ask = engine.ok ? await inBrowser(run, engine) : inServer(run)
  const facts = (await ask('facts', [])) as ModelFacts
  return { ...facts, place: engine.ok ? 'browser' : 'server' }
}

async function inBrowser(run: string, engine: Response): Promise<Ask> {
  const [file, compiled] = await Promise.all([
    fetch(`/api/runs/${run}/model`),
    WebAssembly.compileStreaming(engine),
  ])
  if (!file.ok) throw await refusal(file)
  const bytes = new Uint8Array(await file.arrayBuffer())
  const network = decodeModel(bytes, { backend: wasmBackend(compiled), name: 'The model' })
  return (name, args) => {
    const answer = questions[name] as (network: Network, ...args: readonly unknown[]) => Promise<unknown>
    return answer(network, ...args)
  }
}

function inServer(run: string): Ask {
  return async (question, [pixels, explain = null]) => {
    const body = { question, pixels: pixels ? base64(pixels as Uint8Array) : '', explain }
    const reply = await fetch(`/api/runs/${run}/ask`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    if (!reply.ok) throw await refusal(reply)
    return fromJson(await reply.text())
  }
}

const base64 = (bytes: Uint8Array): string =>
  btoa(Array.from(bytes, byte => String.fromCharCode(byte)).join(''))

async function refusal(reply: Response): Promise<Error> {
  const said = (await reply.json().catch(() => null)) as { readonly error: string } | null
  return new Error(said?.error ?? `The studio answered ${reply.status}.`)
}

addEventListener('message', async ({ data }: MessageEvent<Question>) => {
  const { id, name, args } = data
  try {
    postMessage({ id, value: await (name === 'load' ? load(args[0] as string) : ask(name, args)) })
  } catch (error) {
    postMessage({ id, error: (error as Error).message })
  }
})
