import { readFile } from 'node:fs/promises'
import { UsageError } from '../base/errors.ts'
import { text } from '../base/schema.ts'
import { systemReason } from '../base/system-errors.ts'
import { option, type ValuesOf } from './command.ts'

/** `what`: what the token is for. */
export const tokenOptions = (what: string) => ({
  tokenFile: option(text(), { value: 'file', help: `a file with ${what} (HEDDLE_TOKEN)` }),
  /** Refused: see `tokenOf`. */
  token: option(text(), { value: 'text', help: 'refused', isHidden: true }),
})

const TOKEN = /^[\w.~-]{16,200}$/

/**
 * The user's own token, from a file or the environment: command lines are shown to every user of a machine. `without`: what
 * happens where there is none.
 */
export async function tokenOf(
  { token, tokenFile }: ValuesOf<ReturnType<typeof tokenOptions>>,
  { env, without }: { readonly env: NodeJS.ProcessEnv; readonly without: string },
): Promise<string | null> {
  if (token !== undefined) {
    throw new UsageError(
      '--token would show the token to every user of this machine, in the list of processes. Put it into a file and name that: --token-file FILE, or set HEDDLE_TOKEN.',
    )
  }
  const [text, from] =
    tokenFile === undefined ? [env.HEDDLE_TOKEN, 'HEDDLE_TOKEN'] : [await textOf(tokenFile), tokenFile]
  if (text === undefined || text === '') return null
  if (TOKEN.test(text)) return text
  throw new UsageError(
    `The token of ${from} must have 16 to 200 letters, digits, "-", "_", "." or "~", so that it cannot be guessed. ${without}`,
  )
}

async function textOf(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new UsageError(`--token-file ${file} cannot be read: ${systemReason(error)}`)
  })
  if (text.trim() === '') throw new UsageError(`--token-file ${file} is empty: write the token into it.`)
  return text.trim()
}
