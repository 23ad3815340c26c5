import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { UsageError } from 'heddle'
import type { FailedRecord, RunRecord } from './run-record.ts'

/** Says that a folder is ours: nothing else is ever written into. */
const MARK = 'heddle-reproduction.json'

/**
 * Makes a folder ours, or finds that it is. Throws a `UsageError` for one that holds something else, and where a quick
 * reproduction meets a full one.
 */
export function claimFolder(folder: string, quick: boolean): void {
  const mark = join(folder, MARK)
  if (existsSync(mark)) {
    const isQuick = (JSON.parse(readFileSync(mark, 'utf8')) as { quick: boolean }).quick
    if (isQuick === quick) return
    const [there, this_] = isQuick ? ['a quick', 'a full'] : ['a full', 'a quick']
    throw new UsageError(
      `${folder} holds ${there} reproduction, which ${this_} one would mix up. Choose another folder with --out.`,
    )
  }
  const status = statSync(folder, { throwIfNoEntry: false })
  if (status && !status.isDirectory()) throw new UsageError(`${folder} is a file: --out names a folder.`)
  if (status && readdirSync(folder).length > 0) {
    throw new UsageError(
      `${folder} is not empty and was not made by npm run reproduce: nothing is written into it. Choose another folder with --out.`,
    )
  }
  writeWhole(mark, `${JSON.stringify({ kind: 'heddle-reproduction', quick })}\n`)
}

/** JSON has no such numbers; a loss may be one. */
const notFinite: ReadonlyMap<unknown, number> = new Map(
  [Number.NaN, Infinity, -Infinity].map(number => [String(number), number]),
)

/** The run with this key that has ended, if there is one. */
export function readRecord(
  folder: string,
  place: RunPlace,
  key: string,
): RunRecord | FailedRecord | undefined {
  const file = recordPath(folder, place, key)
  if (!existsSync(file)) return undefined
  const record = JSON.parse(readFileSync(file, 'utf8'), (_, value) => notFinite.get(value) ?? value) as
    | RunRecord
    | FailedRecord
  return record.key === key ? record : undefined
}

/** Keeps a finished run; returns where. A run with other options has another name and stays. */
export function writeRecord(folder: string, place: RunPlace, record: RunRecord | FailedRecord): string {
  const file = recordPath(folder, place, record.key)
  const text = JSON.stringify(
    record,
    (_, value) => (typeof value === 'number' && !Number.isFinite(value) ? String(value) : value),
    1,
  )
  writeWhole(file, `${text}\n`)
  return file
}

interface RunPlace {
  readonly report: string
  readonly experiment: string
  readonly model: string
  readonly seed: number
}

function recordPath(folder: string, { report, experiment, model, seed }: RunPlace, key: string): string {
  return join(folder, report, 'runs', `${experiment}.${model}.seed-${seed}.${key.slice(0, 12)}.json`)
}

/** Beside, then renamed: a reader never sees half a file, and Ctrl-C leaves none. */
export function writeWhole(file: string, content: string | Uint8Array): void {
  const beside = `${file}.part`
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(beside, content)
  renameSync(beside, file)
}
