import { UsageError } from '../base/errors.ts'
import { hintFor } from '../base/keras-names.ts'
import { listOf } from '../base/text.ts'
import type { Place } from './places.ts'

/** The places that a parameter's name means; empty: none. Throws a `UsageError` for a name that means two different things. */
export function resolve(name: string, places: readonly Place[]): readonly Place[] {
  const named = places.filter(({ names }) => names.includes(name))
  if (named.length > 1) {
    const paths = named.map(({ names }) => names[0]!)
    throw new UsageError(
      `The parameter "${name}" could be ${listOf(paths, { word: 'or' })}. Write the one that you mean.`,
    )
  }
  return named.length > 0 ? named : places.filter(({ groups }) => groups.includes(name))
}

/** Upper limits for the places that a message lists, and for the names that a mistyped one is compared with: a model may have thousands. */
const MOST_LISTED = 8
const MOST_COMPARED = 2000

/** What a parameter that points at nothing could have meant, in a sentence or two. */
export function suggestionFor(name: string, places: readonly Place[]): string {
  const known = [...new Set(places.slice(0, MOST_COMPARED).flatMap(shortNames))]
  const option = name.split('.').at(-1)!.toLowerCase()
  const alike = known.filter(one => one.toLowerCase().endsWith(`.${option}`))
  if (alike.length > 0)
    return ` Places of that name: ${listOf(alike, { most: MOST_LISTED })}. Write one of them.`
  const shallow = known.filter(one => !one.includes('.'))
  return (
    `${hintFor(name, known)} It can be an option, such as ${listOf(shallow, { most: MOST_LISTED, word: 'or' })}; an option of every layer ` +
    'of a kind, such as conv2d.filters; or one of a single layer, such as nodes.conv2d_1.filters.'
  )
}

/** The shortest name of a place; a layer has one with its kind and one of its own. */
function shortNames({ path, names, groups }: Place): string[] {
  const [group, own] = [groups.at(-1), names.at(-1)!]
  if (group === undefined) return [own]
  return path[0] === 'models' ? [group, own] : [group]
}
