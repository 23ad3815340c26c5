import { foundBy } from '../commands/keys.ts'

/** The classes whose names have a text, the likeliest first; `null`: there is no text. */
export function classesFound(
  text: string,
  classNames: readonly string[],
  most: number,
): readonly number[] | null {
  if (text.trim() === '') return null
  return foundBy(
    text,
    classNames.map((name, k) => ({ name, k })),
  )
    .slice(0, most)
    .map(({ k }) => k)
}

/** A field that finds classes by their names. */
export function ClassSearch({
  text,
  of,
  label = 'Find a class',
  onChange,
}: {
  readonly text: string
  /** How many classes there are. */
  readonly of: number
  readonly label?: string
  readonly onChange: (text: string) => void
}) {
  return (
    <input
      type="search"
      aria-label={label}
      placeholder={`Find one of ${of} classes`}
      value={text}
      onChange={event => onChange(event.target.value)}
    />
  )
}
