import { UsageError } from '../../base/errors.ts'

/**
 * The optional package sharp. Throws a `UsageError` when it is not installed. In a file of its own: the types of `heddle` then need
 * none of sharp's.
 */
export async function loadSharp() {
  try {
    return (await import('sharp')).default
  } catch (error) {
    const reason = (error as Error).message.split('\n')[0]
    throw new UsageError(
      `Reading image files needs the package sharp, which cannot be loaded (${reason}). ` +
        'Install it with: npm install sharp',
    )
  }
}
