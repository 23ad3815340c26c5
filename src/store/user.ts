import { userInfo } from 'node:os'
import { UsageError } from '../base/errors.ts'
import { show } from '../base/schema.ts'

/** The system's name of the user; a container may run as one without a name. */
export function systemUser(): string {
  try {
    return userInfo().username
  } catch {
    return String(process.getuid?.() ?? 'unknown')
  }
}

/** Throws a `UsageError` for a name that a list could not show. */
export function checkedUser(name: string): string {
  if (name.trim() !== '' && name.length <= 100 && !/\p{Cc}/u.test(name)) return name
  throw new UsageError(
    `The name of a user is one line of 1 to 100 characters, not ${show(name)}: change --user or HEDDLE_USER.`,
  )
}
