import { UsageError } from '../base/errors.ts'
import { type DataSource, skippingUnreadable } from '../data/source.ts'

/** The source, with unreadable pictures left out if `--skip-unreadable` was given. Throws a `UsageError` if it has no picture files. */
export function asAsked<S extends DataSource>(
  source: S,
  { skipUnreadable: skips }: { readonly skipUnreadable?: boolean | undefined },
): S {
  if (!skips) return source
  const skipping = skippingUnreadable(source)
  if (skipping) return skipping
  throw new UsageError(
    '--skip-unreadable is for folders of images, and this data is not one: leave the flag out.',
  )
}
