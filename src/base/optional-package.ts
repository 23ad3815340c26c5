import { HeddleError } from './errors.ts'

/**
 * What `load` imports or requires of the package `name`, which the library alone comes without. Throws a `HeddleError` with the commands
 * that install it where it is missing.
 */
export function optionalPackage<T>(name: string, load: () => T): T {
  try {
    return load()
  } catch (error) {
    throw inWords(name, error)
  }
}

/** As `optionalPackage`, for an import. */
export async function optionalImport<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load()
  } catch (error) {
    throw inWords(name, error)
  }
}

function inWords(name: string, error: unknown): unknown {
  const { code, message } = error as NodeJS.ErrnoException
  const isMissing = code === 'MODULE_NOT_FOUND' || code === 'ERR_MODULE_NOT_FOUND'
  if (!isMissing || !message.includes(name)) return error
  return new HeddleError(
    `This needs the package ${name}, which is not installed. Install it with "npm install ${name}", ` +
      'or everything that the command line and the studio need with "npm install @heddle/cli".',
    { cause: error },
  )
}
