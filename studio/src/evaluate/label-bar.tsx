import { useState } from 'react'
import { useCommands } from '../commands/commands.ts'
import { foundBy } from '../commands/keys.ts'

/** As many classes as there are digits. */
const KEYED = 10
const MOST_FOUND = 20

/**
 * The right class of an image, by a click or a digit. If there are more than ten classes, the ten likeliest have digits, and you find the
 * others by their names.
 */
export function LabelBar({
  classNames,
  likely,
  label,
  should,
  onMark,
}: {
  readonly classNames: readonly string[]
  /** Classes from the likeliest on; `null`: the network has not answered. */
  readonly likely: readonly number[] | null
  /** The label that it has, and the one that it should have. */
  readonly label: string
  readonly should: string
  readonly onMark: (label: string) => void
}) {
  const [text, setText] = useState('')
  const isSmall = classNames.length <= KEYED
  const keyed = isSmall ? classNames : (likely ?? []).slice(0, KEYED).map(k => classNames[k]!)
  useCommands(keyed.map((name, i) => ({ name: `It is ${name}`, keys: `${i}`, run: () => onMark(name) })))
  const found =
    text.trim() === ''
      ? []
      : foundBy(
          text,
          classNames.map(name => ({ name })),
        ).slice(0, MOST_FOUND)
  return (
    <fieldset className="label-bar">
      <legend>Should be</legend>
      {keyed.map((name, i) => (
        <button
          key={name}
          type="button"
          aria-pressed={name === should}
          className={name === label ? 'own' : undefined}
          onClick={() => onMark(name)}
        >
          <kbd>{i}</kbd> {name}
        </button>
      ))}
      {!isSmall && (
        <form
          onSubmit={event => {
            event.preventDefault()
            if (found[0]) onMark(found[0].name)
            setText('')
          }}
        >
          <input
            type="search"
            aria-label="Find a class"
            placeholder={`One of ${classNames.length} classes`}
            value={text}
            onChange={event => setText(event.target.value)}
          />
          {found.map(({ name }) => (
            <button key={name} type="button" className="plain" onClick={() => onMark(name)}>
              {name}
            </button>
          ))}
        </form>
      )}
    </fieldset>
  )
}
