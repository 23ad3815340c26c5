import { type ReactNode, useState } from 'react'
import { TextField } from '../parts/controls.tsx'

/** A class with a name of its own; or, by `children`, many from a folder. */
export function NewClass({
  isFirst,
  onAdd,
  children,
}: {
  readonly isFirst: boolean
  readonly onAdd: (name: string) => void
  readonly children: ReactNode
}) {
  const [name, setName] = useState('')
  return (
    <div className="class-card new-class">
      {isFirst && (
        <p>
          Drop pictures here: a folder for each class, or a folder that has them all. Or name the first class,
          and add its pictures then.
        </p>
      )}
      <form
        className="strip"
        onSubmit={event => {
          event.preventDefault()
          onAdd(name)
          setName('')
        }}
      >
        <TextField label="New class" value={name} placeholder="rose" onChange={setName} />
        <button type="submit" disabled={name.trim() === ''}>
          Add the class
        </button>
        {children}
      </form>
    </div>
  )
}
