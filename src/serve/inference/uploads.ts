import { UsageError } from '../../base/errors.ts'
import { show } from '../../base/schema.ts'

/** A picture file that a request carries. */
export interface Upload {
  /** As the client calls it; `null`: it has no name. */
  readonly name: string | null
  readonly bytes: Uint8Array
}

/** More pictures in a request are a mistake. */
export const MOST_PICTURES = 256

/** Reads the files of a form (RFC 7578). Throws a `UsageError` for a form that is cut short or has no files. */
export async function filesOfForm(contentType: string, body: Buffer): Promise<readonly Upload[]> {
  // Most clients send no forms.
  const { Busboy } = await import('@fastify/busboy')
  const uploads: Upload[] = []
  try {
    await new Promise<void>((resolve, reject) => {
      const form = new Busboy({
        headers: { 'content-type': contentType },
        limits: {
          files: MOST_PICTURES,
          fields: 100,
          parts: MOST_PICTURES + 100,
          headerPairs: 100,
          fieldSize: 1 << 16,
        },
        // All of it is in memory already.
        fileHwm: body.length + 1,
      })
      form.on('file', (_field, stream, name) => {
        const parts: Buffer[] = []
        stream.on('data', part => parts.push(part as Buffer))
        stream.on('error', reject)
        stream.on('end', () => uploads.push({ name: name ?? null, bytes: Buffer.concat(parts) }))
      })
      form.on('filesLimit', () => reject(new UsageError(`A form has at most ${MOST_PICTURES} files.`)))
      form.on('partsLimit', () => reject(new UsageError('The form has too many parts.')))
      form.on('error', reject)
      form.on('finish', resolve)
      form.end(body)
    })
  } catch (error) {
    if (error instanceof UsageError) throw error
    throw new UsageError(`The body is not a whole form: ${(error as Error).message}.`)
  }
  if (uploads.length === 0)
    throw new UsageError('The form has no files: send each picture as a file (curl -F file=@shoe.png).')
  return uploads
}

/** Bytes in base64, as text of a data address too. Throws a `UsageError` for other text. */
export function bytesOfBase64(text: unknown, path: string): Uint8Array {
  if (typeof text !== 'string')
    throw new UsageError(`${path} must be a picture file in base64, not ${show(text)}.`)
  const start = text.startsWith('data:') ? text.indexOf(',') + 1 : 0
  const data = start > 0 ? text.slice(start) : text
  if (data === '' || !/^[A-Za-z0-9+/_\s-]*={0,2}\s*$/.test(data))
    throw new UsageError(`${path} must be a picture file in base64, not ${show(data)}.`)
  return Buffer.from(data, 'base64')
}
