import { availableCores } from '../../base/available-cores.ts'
import { UsageError } from '../../base/errors.ts'
import { custom, type Field, integer, number, oneOf, text } from '../../base/schema.ts'
import { listOf, on, option, type ValuesOf } from '../command.ts'
import { jsonOption } from '../options.ts'
import { outputFolder } from '../output-paths.ts'
import { kinds } from './job.ts'
import { type PeerName, peerNames } from './peers.ts'

/** A whole number, or a word in its place. */
function integerOr<W extends string>(word: W): Field<number | W, number | W> {
  const { form, parse } = integer()
  return custom<number | W, number | W>(
    undefined,
    (value, path) => (value === word ? word : parse(value, path)),
    form,
  )
}

const aboveZero = custom<number, number>(
  undefined,
  (value, path) => {
    if (typeof value === 'number' && value > 0) return value
    throw new UsageError(
      `${path} must be a number above 0, such as 0.3, not ${JSON.stringify(String(value))}.`,
    )
  },
  number().form,
)

export const benchOptions = {
  model: option(listOf(text()), {
    short: 'm',
    value: 'names',
    help: 'experiments, experiment/model, numbers of reports (002, 003/2), or reports for all of them',
    fallback: ['002'],
  }),
  what: option(listOf(oneOf([...kinds, 'process'])), {
    value: 'kinds',
    help: 'what is measured',
    fallback: ['step'],
  }),
  batch: option(listOf(integerOr('report')), {
    value: 'sizes',
    help: 'of a step: numbers, or report for what the experiment trains with',
    fallback: [64],
  }),
  threads: option(listOf(integerOr('all')), {
    value: 'counts',
    help: 'numbers, or all',
    otherwise: 'all',
  }),
  backend: option(oneOf(['native', 'wasm']), { help: 'the engine', fallback: 'native' }),
  peers: option(listOf(oneOf([...peerNames, 'none', 'found'])), {
    value: 'names',
    help: 'other programs to measure beside it',
    otherwise: 'found, which is all that are installed',
  }),
  rounds: option(integer(), { help: 'rounds in which all programs take turns', fallback: 7 }),
  seconds: option(aboveZero, { value: 's', help: 'of one program in one round', fallback: 0.3 }),
  record: option(outputFolder, {
    value: 'folder',
    help: 'write step.json and inference.json there, or add to them',
  }),
  resume: on('skip what the folder has already for this commit'),
  ...jsonOption,
}

type Given = ValuesOf<typeof benchOptions>

export interface BenchSettings extends Pick<Given, 'what' | 'backend' | 'rounds' | 'record' | 'resume'> {
  /** Batch sizes of training steps; `report`: the one that the experiment trains with. */
  readonly batches: Given['batch']
  readonly threads: readonly number[]
  /** `found`: all that are installed. */
  readonly peers: readonly PeerName[] | 'found'
  /** How long one contestant runs in one round. */
  readonly roundMs: number
}

/** What is measured, and how. Throws a `UsageError` for options that contradict each other. */
export function benchSettings(given: Given): BenchSettings {
  const { backend, batch, peers = ['found'], seconds, ...rest } = given
  if (given.resume && !given.record)
    throw new UsageError('--resume needs --record <folder>: the results that it adds to.')
  const threads = (given.threads ?? ['all' as const]).map(count =>
    count === 'all' ? availableCores() : count,
  )
  const isPeer = (name: string): name is PeerName => peerNames.some(peer => peer === name)
  return {
    ...rest,
    backend,
    batches: [...new Set(batch)],
    threads: [...new Set(threads)],
    peers: peers.includes('found') ? 'found' : peers.filter(isPeer),
    roundMs: 1000 * seconds,
  }
}
