import { type KeyboardEvent, useRef } from 'react'
import { type Picture, Pixels } from './pixels.tsx'
import './image-wall.css'

export interface WallImage {
  readonly index: number
  /** `null`: still on its way. */
  readonly picture: Picture | null
  /** What it is, for those who do not see it. */
  readonly label: string
  /** Under it, in a word or two. */
  readonly caption?: string
  readonly marked?: boolean
}

/** Images to choose from: with the pointer, or with the arrow keys, Home and End. */
export function ImageWall({
  images,
  shape: [height, width],
  chosen,
  label,
  onChoose,
}: {
  readonly images: readonly WallImage[]
  readonly shape: readonly [number, number, ...number[]]
  readonly chosen: number | null
  readonly label: string
  readonly onChoose: (index: number) => void
}) {
  const list = useRef<HTMLUListElement>(null)
  const reachable = images.some(({ index }) => index === chosen) ? chosen : images[0]?.index
  const onKey = (event: KeyboardEvent<HTMLUListElement>): void => {
    const buttons = [...list.current!.querySelectorAll('button')]
    const at = buttons.indexOf(event.target as HTMLButtonElement)
    const top = buttons[0]!.offsetTop
    const perRow = buttons.findIndex(button => button.offsetTop > top)
    const row = perRow < 0 ? buttons.length : perRow
    const moves: Readonly<Record<string, number>> = {
      ArrowLeft: at - 1,
      ArrowRight: at + 1,
      ArrowUp: at - row,
      ArrowDown: at + row,
      Home: 0,
      End: buttons.length - 1,
    }
    const to = moves[event.key]
    if (to === undefined) return
    event.preventDefault()
    buttons[Math.min(buttons.length - 1, Math.max(0, to))]!.focus()
  }
  return (
    <ul
      ref={list}
      className="image-wall"
      aria-label={label}
      onKeyDown={onKey}
      style={{ '--image-ratio': `${width} / ${height}` } as object}
    >
      {images.map(({ index, picture, label, caption, marked }) => (
        <li key={index}>
          <button
            type="button"
            aria-label={label}
            aria-current={index === chosen}
            data-marked={marked ?? false}
            tabIndex={index === reachable ? 0 : -1}
            onClick={() => onChoose(index)}
          >
            <Pixels picture={picture} />
            {caption !== undefined && <span className="image-caption">{caption}</span>}
          </button>
        </li>
      ))}
    </ul>
  )
}
