import type { ImageOf } from '../../../src/protocol/audit.ts'
import { imageName } from '../../../src/show/audit-section.ts'
import { type Picture, Pixels } from '../parts/pixels.tsx'
import { setQuery } from '../router.tsx'

/** A small image of the data, which opens it among all others. */
export function Tile({
  image,
  picture,
  said,
}: {
  readonly image: Pick<ImageOf, 'split' | 'index'>
  readonly picture: Picture | null | undefined
  /** What it is. */
  readonly said: string
}) {
  const { split, index } = image
  const label = `${imageName(image)}: ${said}`
  const place = { split: split === 'train' ? undefined : split, index: String(index) }
  return (
    <button
      type="button"
      className="tile"
      aria-label={label}
      title={label}
      onClick={() => setQuery({ ...place, show: undefined, class: undefined }, { step: true })}
    >
      <Pixels picture={picture} />
    </button>
  )
}
