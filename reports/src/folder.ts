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

/** The file that marks a folder as ours. Other folders are never written into. */
const MARK = 'heddle-reproduction.json'

/**
 * Makes a folder ours, or finds that it is. Throws a `UsageError` for one that holds something else, and where a quick
 * reproduction meets a full one.
 */
export function claimFolder(folder: string, quick: boolean): void {
  const mark = join(folder, MARK)
  if (existsSync(mark)) {
    const isQuick = isQuickIn(mark)
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

/** Throws a `UsageError` for a mark that cannot be read: numbers of a quick reproduction must not be taken for those of a full one. */
function isQuickIn(mark: string): boolean {
  try {
    const { quick } = JSON.parse(readFileSync(mark, 'utf8')) as { readonly quick: unknown }
    if (typeof quick === 'boolean') return quick
  } catch {}
  throw new UsageError(`${mark} is damaged. Choose another folder with --out, or remove this one.`)
}

/** Beside, then renamed: a reader never sees half a file, and Ctrl-C leaves none. */
export function writeWhole(file: string, content: string | Uint8Array): void {
  const beside = `${file}.part`
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(beside, content)
  renameSync(beside, file)
}
