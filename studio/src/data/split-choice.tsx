import type { Split } from '../../../src/protocol/data.ts'
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
    <fieldset className="choice">
      <legend className="unseen">Split</legend>
      {(['train', 'test'] as const).map(one => (
        <label key={one}>
          <input
            type="radio"
            name="split"
            checked={one === split}
            onChange={() =>
              setQuery(
                { split: one === usual ? undefined : one, page: undefined, index: undefined },
                { step: true },
              )
            }
          />
          {one}
        </label>
      ))}
    </fieldset>
  )
}
