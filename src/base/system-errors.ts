import { HeddleError } from './errors.ts'

/** What the system's codes mean, and what to do. */
const meanings: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full. Make room there, then try again',
  EDQUOT: 'your quota of the disk is used up. Make room there, then try again',
  EACCES: 'you are not allowed to. Change its permissions, or name another place',
  EPERM: 'you are not allowed to. Change its permissions, or name another place',
  EROFS: 'it lies on a file system that is read-only. Name another place',
  ENOENT: 'there is no such file or folder. Check the name',
  ENOTDIR: 'a part of its path is a file, not a folder. Check the name',
  EISDIR: 'it is a folder, not a file. Name a file',
  EEXIST: 'it exists already. Name another place, or remove it',
  ENAMETOOLONG: 'the name is too long. Name a shorter one',
  ELOOP: 'its links lead in a circle. Check the name',
  EMFILE: 'too many files are open. Raise the limit, for example with "ulimit -n 1024", then try again',
  ENFILE: 'too many files are open on this machine. Close other programs, then try again',
  ENOMEM: 'there is not enough memory. Close other programs, then try again',
  EIO: 'the disk reported an error. Look at the system log; the disk may be failing',
  EBUSY: 'another program uses it. Close that program, then try again',
  EPIPE: 'the program that reads it has ended',
}

/** Whether the operating system refused something: it has a code and the name of a call. */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error
}

/** `the disk is full (ENOSPC). Make room there, then try again.`, or the error's own message. */
export function systemReason(error: unknown): string {
  const { code = '', message, syscall } = error as NodeJS.ErrnoException
  // A folder is wanted where a file is.
  const known = syscall === 'mkdir' && code === 'EEXIST' ? 'ENOTDIR' : code
  const meaning = Object.hasOwn(meanings, known) ? meanings[known]! : null
  if (meaning === null) return `${message.replace(/\.$/, '')}.`
  const end = meaning.indexOf('. ')
  return end < 0 ? `${meaning} (${code}).` : `${meaning.slice(0, end)} (${code})${meaning.slice(end)}.`
}

/** A `HeddleError` that names the file, and says what it was for, why it failed and what to do: `what` is `The model a.safetensors cannot be written`. */
export function systemFailure(what: string, error: unknown): HeddleError {
  if (error instanceof HeddleError) return error
  return new HeddleError(`${what}: ${systemReason(error)}`, { cause: error })
}

/** The same for an error that nothing nearer to its cause has put into words. */
export function inWords(error: NodeJS.ErrnoException): string {
  if (error.syscall === 'uv_cwd') {
    return 'The working folder is gone: it was removed or renamed. Go to a folder that exists, then try again.'
  }
  const on = error.path === undefined ? 'A file' : error.path
  return `${on} cannot be used (${error.syscall}): ${systemReason(error)}`
}
