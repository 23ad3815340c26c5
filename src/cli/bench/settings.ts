import { UsageError } from '../../base/errors.ts'
import { oneOf } from '../../base/schema.ts'
import { availableCores } from '../../engine/available-cores.ts'
import { wholeNumber } from '../settings.ts'
import { kinds } from './job.ts'
import { type PeerName, peerNames } from './peers.ts'

/** The backends worth measuring. */
const measured = ['native', 'wasm'] as const

/** The flags of `heddle bench` as they were typed. */
export interface BenchFlags {
  readonly model?: string
  readonly what?: string
  readonly batch?: string
  readonly threads?: string
  readonly backend?: string
  readonly peers?: string
  readonly rounds?: string
  readonly seconds?: string
  readonly record?: string
  readonly resume?: boolean
  readonly json?: boolean
}

export interface BenchSettings {
  /** As typed: `basic-vs-standard`, `002/standard`, `reports`. */
  readonly models: readonly string[]
  readonly what: readonly ((typeof kinds)[number] | 'process')[]
  /** Of training steps; `report`: what the experiment trains with. */
  readonly batches: readonly (number | 'report')[]
  readonly threads: readonly number[]
  readonly backend: (typeof measured)[number]
  /** `found`: all that are installed. */
  readonly peers: readonly PeerName[] | 'found'
  readonly rounds: number
  /** Of one contestant in one round. */
  readonly roundMs: number
  /** A folder for the results. */
  readonly record?: string
  /** Leave out what the folder has of this commit. */
  readonly resume: boolean
}

/**
 * Reads the flags. Throws a `UsageError` that names the flag.
 *
 * @example
 * resolveBench({ what: 'inference', threads: '1', rounds: '3' }).rounds // 3
 */
export function resolveBench(flags: BenchFlags): BenchSettings {
  const { record, resume = false } = flags
  if (resume && !record)
    throw new UsageError('--resume needs --record <folder>: the results that it adds to.')
  const backend = oneOf(measured).parse(flags.backend ?? 'native', '--backend')
  const threads = list(flags.threads ?? (backend === 'wasm' ? '1' : 'all')).map(item =>
    item === 'all' ? availableCores() : number('--threads', item),
  )
  if (backend === 'wasm' && threads.some(count => count > 1))
    throw new UsageError('The wasm engine runs on one thread: give --threads 1.')
  return {
    models: list(flags.model ?? '002'),
    what: list(flags.what ?? 'step').map(item => oneOf([...kinds, 'process']).parse(item, '--what')),
    batches: unique(
      list(flags.batch ?? '64').map(item => (item === 'report' ? item : number('--batch', item))),
    ),
    threads: unique(threads),
    backend,
    peers: peersOf(flags.peers ?? 'found'),
    rounds: number('--rounds', flags.rounds ?? '7'),
    roundMs: 1000 * seconds(flags.seconds ?? '0.3'),
    ...(record && { record }),
    resume,
  }
}

function peersOf(text: string): BenchSettings['peers'] {
  if (text === 'found') return text
  if (text === 'none') return []
  return list(text).map(item => oneOf(peerNames).parse(item, '--peers'))
}

function seconds(text: string): number {
  if (!/^\d+(\.\d+)?$/.test(text) || Number(text) === 0) {
    throw new UsageError(`--seconds must be a number above 0, such as 0.3, not ${JSON.stringify(text)}.`)
  }
  return Number(text)
}

const list = (text: string): string[] => text.split(',').map(item => item.trim())
const number = (name: string, text: string): number => wholeNumber({ name, text }, 1)
const unique = <T>(items: readonly T[]): T[] => [...new Set(items)]
