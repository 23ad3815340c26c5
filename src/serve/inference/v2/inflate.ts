import { promisify } from 'node:util'
import { gunzip, inflate } from 'node:zlib'
import { UsageError } from '../../../base/errors.ts'
import { show } from '../../../base/schema.ts'

const methods = { gzip: promisify(gunzip), deflate: promisify(inflate) } as const

/**
 * The body of a request as it was before `Content-Encoding`. Unpacking ends where it would pass `maxBytes`: a body that grows a
 * thousandfold takes no more memory than a large one. Throws a `UsageError`.
 */
export async function unpacked(
  body: Uint8Array,
  encoding: string | undefined,
  maxBytes: number,
): Promise<Uint8Array> {
  if (encoding === undefined || encoding === 'identity') return body
  if (encoding !== 'gzip' && encoding !== 'deflate')
    throw new UsageError(`Content-Encoding must be gzip or deflate, not ${show(encoding)}.`)
  try {
    return await methods[encoding](body, { maxOutputLength: maxBytes })
  } catch (error) {
    const isLarge = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE'
    throw new UsageError(
      isLarge
        ? `The unpacked body is larger than ${maxBytes} bytes.`
        : `The body is not ${encoding}: ${(error as Error).message}.`,
    )
  }
}
