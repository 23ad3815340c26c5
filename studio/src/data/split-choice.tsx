import type { Split } from '../../../src/protocol/data.ts'
import { Segmented } from '../design/segmented.tsx'
import { setQuery } from '../router.tsx'

/** Training or test images. */
export function SplitChoice({
  split,
  usual = 'train',
}: {
  readonly split: Split
  /** The one that an address does not name. */
  readonly usual?: Split
}) {
  return (
    <Segmented
      label="Split"
      of={['train', 'test']}
      value={split}
      onChange={one =>
        setQuery(
          { split: one === usual ? undefined : one, page: undefined, index: undefined },
          { step: true },
        )
      }
    />
  )
}
