import type { StoredPicture } from '../../../src/protocol/pictures.ts'

/** A picture of a folder, as the server made it small. */
export function PictureImage({
  folder,
  picture: { id, version },
  size = 'small',
  label = '',
}: {
  readonly folder: string
  readonly picture: StoredPicture
  readonly size?: 'small' | 'large'
  /** What it is, where nothing beside it says so. */
  readonly label?: string
}) {
  const query = new URLSearchParams({ id, version, size })
  return (
    <img
      src={`/api/pictures/${encodeURIComponent(folder)}/picture?${query}`}
      alt={label}
      loading="lazy"
      decoding="async"
      draggable={false}
    />
  )
}
