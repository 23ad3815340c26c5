import { UsageError } from '../../base/errors.ts'
import { boundedJson } from '../../base/json.ts'

/** Characters: a large model with its examples has some millions. */
const MAX_JSON = 64_000_000

/** The JSON in a model file of any origin, of at most `longest` characters; errors call it `name`. Throws a `UsageError`. */
export function jsonIn(json: string | Uint8Array, name: string, longest = MAX_JSON): unknown {
  try {
    const text = typeof json === 'string' ? json : new TextDecoder('utf-8', { fatal: true }).decode(json)
    return boundedJson(text, longest)
  } catch (error) {
    throw new UsageError(`${name} is not JSON: ${(error as Error).message.slice(0, 200)}.`)
  }
}
