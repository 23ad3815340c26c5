import { setTimeout as sleep } from 'node:timers/promises'
import { AwsClient } from 'aws4fetch'
import { HeddleError, UsageError } from '../../base/errors.ts'
import { sha256Of } from '../sha256.ts'
import type { Database, Queries } from '../sql/database.ts'
import type { FilePlace, Files } from '../sql/files.ts'
import { addContent, contentIn, isOld, isUnnamed } from './content-rows.ts'

const ANSWER_MS = 120_000
const TRIES = 5
const PAUSE_MS = 100

/**
 * Files in a store that speaks S3, each content once, named by its SHA-256. The database notes what is there, so that no file is removed that
 * another process is about to name.
 */
export class S3Files implements Files {
  readonly #database: Database
  readonly #bucket: Bucket

  constructor(database: Database, bucket: Bucket) {
    this.#database = database
    this.#bucket = bucket
  }

  where({ sha256 }: FilePlace): string {
    return `${this.#bucket.where}/${sha256}`
  }

  check(): void {}

  /** The note comes first: whatever happens then, `sweep` finds the file. */
  async write({ sha256, bytes }: FilePlace, pieces: readonly Uint8Array[]): Promise<void> {
    const isNew = await this.#database.write(db => addContent(db, sha256, bytes))
    if (isNew || !(await this.#bucket.has(sha256))) await this.#bucket.put(sha256, pieces)
  }

  async insert(db: Queries, { sha256, bytes }: FilePlace, pieces: readonly Uint8Array[]): Promise<void> {
    // It was swept since it was written.
    if (await addContent(db, sha256, bytes)) await this.#bucket.put(sha256, pieces)
  }

  async read(file: FilePlace): Promise<Uint8Array> {
    const bytes = await this.#bucket.get(file.sha256)
    if (sha256Of([bytes]) === file.sha256) return bytes
    throw new HeddleError(`${this.where(file)} is damaged: its content has another checksum than its name.`)
  }

  async remove(files: readonly FilePlace[]): Promise<void> {
    for (const { sha256 } of files)
      await this.#database.write(async db => {
        const query = contentIn(db).deleteFrom('content').where('sha256', '=', sha256).where(isUnnamed)
        // Until the transaction ends, a process that writes the same content waits.
        if ((await query.executeTakeFirst()).numDeletedRows > 0n) await this.#bucket.remove(sha256)
      })
  }

  async sweep(graceMs: number): Promise<{ readonly files: number; readonly bytes: number }> {
    const query = contentIn(this.#database.queries).selectFrom('content').select(['sha256', 'bytes'])
    const rows = await query.where(isOld(graceMs)).where(isUnnamed).execute()
    await this.remove(rows)
    return { files: rows.length, bytes: rows.reduce((sum, { bytes }) => sum + bytes, 0) }
  }
}

/** A bucket, or a folder in it. */
export class Bucket {
  /** As messages name it. */
  readonly where: string
  readonly #client: AwsClient
  readonly #url: string

  /** Throws a `UsageError` for what is no address, and where the usual variables have no credentials. */
  constructor(address: string, env: NodeJS.ProcessEnv) {
    const [, bucket, prefix = ''] =
      /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*?))?\/?$/.exec(address) ?? []
    if (bucket === undefined)
      throw new UsageError(`Files can be kept in s3://bucket/prefix, not in ${JSON.stringify(address)}.`)
    const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = env
    if (!accessKeyId || !secretAccessKey)
      throw new UsageError(
        `The files of this store are in ${address}: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_REGION, and AWS_ENDPOINT_URL ` +
          'for a store that is not Amazon’s.',
      )
    const region = env.AWS_REGION || env.AWS_DEFAULT_REGION || 'us-east-1'
    const endpoint = env.AWS_ENDPOINT_URL_S3 || env.AWS_ENDPOINT_URL
    const base = endpoint ? endpoint.replace(/\/+$/, '') : `https://s3.${region}.amazonaws.com`
    this.where = `s3://${bucket}${prefix === '' ? '' : `/${prefix}`}`
    this.#url = [base, bucket, ...(prefix === '' ? [] : prefix.split('/').map(encodeURIComponent))].join('/')
    const { AWS_SESSION_TOKEN: sessionToken } = env
    this.#client = new AwsClient({
      ...{ accessKeyId, secretAccessKey, region, service: 's3', retries: TRIES },
      ...(sessionToken && { sessionToken }),
    })
  }

  async has(name: string): Promise<boolean> {
    return (await this.#ask('HEAD', name, { allowed: [404] })).ok
  }

  /** Content that another process has put there meanwhile stays: it is the same. */
  async put(sha256: string, pieces: readonly Uint8Array[]): Promise<void> {
    const headers = { 'if-none-match': '*', 'x-amz-content-sha256': sha256 }
    const body = Buffer.concat(pieces)
    // 501: a store that does not know the condition.
    const { status } = await this.#ask('PUT', sha256, { headers, body, allowed: [409, 412, 501] })
    if (status === 409 || status === 501)
      await this.#ask('PUT', sha256, { headers: { 'x-amz-content-sha256': sha256 }, body })
  }

  async get(name: string): Promise<Uint8Array> {
    return new Uint8Array(await (await this.#ask('GET', name, {})).arrayBuffer())
  }

  async remove(name: string): Promise<void> {
    await this.#ask('DELETE', name, { allowed: [404] })
  }

  async #ask(
    method: string,
    name: string,
    {
      allowed = [],
      ...request
    }: { headers?: Record<string, string>; body?: Buffer; allowed?: readonly number[] },
  ): Promise<Response> {
    const url = `${this.#url}/${name}`
    for (let tries = 1; ; tries++) {
      try {
        const signal = AbortSignal.timeout(ANSWER_MS)
        const response = await this.#client.fetch(url, { method, signal, ...request } as RequestInit)
        if (response.ok || allowed.includes(response.status)) return response
        throw await this.#refusal(name, response)
      } catch (error) {
        if (error instanceof HeddleError) throw error
        if (tries === TRIES) throw this.#unreachable(error)
      }
      await sleep(PAUSE_MS * 2 ** tries)
    }
  }

  async #refusal(name: string, response: Response): Promise<HeddleError> {
    const text = await response.text().catch(() => '')
    const code = /<Code>(\w{1,100})<\/Code>/.exec(text.slice(0, 10_000))?.[1] ?? response.statusText
    const reason = Object.hasOwn(reasons, code) ? ` ${reasons[code]}` : ''
    return new HeddleError(
      `The file ${this.where}/${name} cannot be read or written: the server answers ${response.status} ${code}.${reason}`,
    )
  }

  #unreachable(error: unknown): HeddleError {
    const { cause, message } = error as Error
    const { code = message } = (cause ?? {}) as { readonly code?: string }
    return new HeddleError(
      `The files of the run store, ${this.where}, cannot be reached: ${code}. Check the network, AWS_REGION and AWS_ENDPOINT_URL.`,
    )
  }
}

const reasons: Readonly<Record<string, string>> = {
  NoSuchBucket: 'Make the bucket, or name another one when you make the store.',
  NoSuchKey: 'It was removed from the bucket.',
  AccessDenied: 'The key in AWS_ACCESS_KEY_ID needs the rights to get, put and delete objects there.',
  Forbidden: 'The key in AWS_ACCESS_KEY_ID needs the rights to get, put and delete objects there.',
  InvalidAccessKeyId: 'Check AWS_ACCESS_KEY_ID.',
  SignatureDoesNotMatch: 'Check AWS_SECRET_ACCESS_KEY.',
}
