import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { HeddleError } from '../../base/errors.ts'
import { ownFile } from '../../base/own-file.ts'
import type { Contestant, Job, Prepared } from './job.ts'

const inPython = ['keras', 'pytorch', 'jax', 'onnxruntime'] as const
const inJavaScript = ['tensorflowjs', 'jax-js'] as const

/** The programs that Heddle is measured beside. */
export const peerNames = [...inPython, ...inJavaScript] as const
export type PeerName = (typeof peerNames)[number]

/** Those that can do a kind of job. */
export function peersFor(what: Job['what']): readonly PeerName[] {
  return what === 'inference' ? peerNames : peerNames.filter(name => name !== 'onnxruntime')
}

/** The Python that has the peers' packages. */
export function peersPython(): string {
  return process.env.PEERS_PYTHON || ownFile('.peers/venv/bin/python')
}

/** The folder that has the JavaScript peers' packages. */
function peersNodeModules(): string {
  return process.env.PEERS_NODE_MODULES || ownFile('.peers/node_modules')
}

const isInPython = (name: PeerName): boolean => inPython.some(peer => peer === name)

/** A peer is not installed: why, and how to get it. */
export class MissingPeer extends HeddleError {
  constructor(name: PeerName, reason: string) {
    const elsewhere = isInPython(name)
      ? 'a Python that has them in PEERS_PYTHON'
      : 'a node_modules folder that has them in PEERS_NODE_MODULES'
    super(
      `${name} is missing: ${reason}. Install the peers with "sh ${ownFile('bench/peers/install.sh')}", or name ${elsewhere}.`,
    )
  }
}

/**
 * Starts a peer in a process of its own, with this number of threads. Throws a `MissingPeer` if it is not installed.
 * Protocol: bench/peers/README.md.
 */
export async function startPeer(name: PeerName, threads: number): Promise<Contestant> {
  const where = isInPython(name) ? peersPython() : peersNodeModules()
  if (!existsSync(where)) throw new MissingPeer(name, `there is no ${where}`)
  const [command, ...args] = isInPython(name)
    ? [where, ownFile('bench/peers/peer.py'), name, String(threads)]
    : [process.execPath, ownFile('bench/peers/peer.mjs'), name, String(threads), where]
  const peer = new Peer(name, spawn(command, args))
  const hello = await peer.read<{ version: string }>()
  if ('error' in hello) throw new MissingPeer(name, hello.error)
  return {
    name,
    version: hello.version,
    prepare: job => peer.ask<Prepared>({ prepare: job }),
    run: async calls => (await peer.ask<{ ms: readonly number[] }>({ run: calls })).ms,
    close: () => peer.close(),
  }
}

type Answer<T> = T | { readonly error: string }

class Peer {
  readonly #name: string
  readonly #child: ChildProcessWithoutNullStreams
  readonly #lines: AsyncIterator<string>
  #stderr = ''

  constructor(name: string, child: ChildProcessWithoutNullStreams) {
    this.#name = name
    this.#child = child
    // A process that has ended says so by its output's end.
    child.on('error', () => undefined)
    child.stdin.on('error', () => undefined)
    child.stderr.setEncoding('utf8').on('data', text => {
      this.#stderr = (this.#stderr + text).slice(-2000)
    })
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  }

  async ask<T extends object>(request: object): Promise<T> {
    this.#child.stdin.write(`${JSON.stringify(request)}\n`)
    const answer = await this.read<T>()
    if ('error' in answer) throw new HeddleError(`${this.#name}: ${answer.error}`)
    return answer
  }

  async read<T extends object>(): Promise<Answer<T>> {
    const { value, done } = await this.#lines.next()
    if (!done) return JSON.parse(value) as Answer<T>
    return { error: `its process ended: ${this.#stderr.trim().split('\n').at(-1) || 'it said nothing'}` }
  }

  close(): void {
    this.#child.kill()
  }
}
