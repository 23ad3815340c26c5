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
  const compared = places.slice(0, MOST_COMPARED)
  const known = [...new Set(compared.flatMap(shortNames))]
  const [owner, option] = [name.slice(0, Math.max(0, name.lastIndexOf('.'))), name.split('.').at(-1)!]
  const own = compared.filter(({ names, groups }) => [...names, ...groups].includes(owner)).flatMap(optionsOf)
  if (own.length > 0) return `${hintFor(option, own)} Options of ${owner}: ${[...new Set(own)].join(', ')}.`
  const alike = known.filter(one => one.toLowerCase().endsWith(`.${option.toLowerCase()}`))
  if (alike.length > 0)
    return ` Places of that name: ${listOf(alike, { most: MOST_LISTED })}. Write one of them.`
  const list = (names: readonly string[]): string => listOf(names, { most: MOST_LISTED, word: 'or' })
  const options = known.filter(one => !one.includes('.'))
  const ofLayers = compared.flatMap(({ path, groups }) =>
    path[0] === 'models' ? groups.filter(one => one.includes('.')) : [],
  )
  return (
    `${hintFor(name, known)} It can be an option of the training or a kind of layer, such as ${list(options)}; ` +
    `or an option of layers, such as ${list([...new Set(ofLayers)].slice(0, 3))}.`
  )
}

/** The names of the options of what is at a place. */
function optionsOf({ value }: Place): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return []
  return Object.keys(value).filter(key => key !== 'kind')
}

/** The shortest name of a place; a layer has one with its kind and one of its own. */
function shortNames({ path, names, groups }: Place): string[] {
  const [group, own] = [groups.at(-1), names.at(-1)!]
  if (group === undefined) return [own]
  return path[0] === 'models' ? [group, own] : [group]
}
