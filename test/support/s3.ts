import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { AwsClient } from 'aws4fetch'
import { freePort } from './postgres.ts'

/** Why tests with a server that speaks S3 are skipped; `null`: they are not. */
export const noS3 =
  spawnSync('moto_server', ['--help'], { stdio: 'ignore' }).status === 0
    ? null
    : 'moto_server is not installed (pip install "moto[server]")'

/** A server of its own that speaks S3 and forgets everything at its end, with a bucket "runs". */
export class TestBucket {
  readonly endpoint: string
  readonly #process: ChildProcess

  private constructor(endpoint: string, child: ChildProcess) {
    this.endpoint = endpoint
    this.#process = child
  }

  static async start(): Promise<TestBucket> {
    const port = await freePort()
    const child = spawn('moto_server', ['-H', '127.0.0.1', '-p', String(port)], {
      stdio: 'ignore',
      detached: true,
    })
    const bucket = new TestBucket(`http://127.0.0.1:${port}`, child)
    for (;;) {
      const isUp = await fetch(`${bucket.endpoint}/runs`, { method: 'PUT' }).then(
        ({ ok }) => ok,
        () => false,
      )
      if (isUp) return bucket
      if (child.exitCode !== null) throw new Error(`moto_server ended at once (${child.exitCode})`)
      await new Promise(resolve => setTimeout(resolve, 100))
    }
  }

  /** The variables that lead to it. */
  get env(): Record<string, string> {
    return { AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'hidden', AWS_ENDPOINT_URL: this.endpoint }
  }

  /** The names of what is in the bucket. */
  async names(): Promise<string[]> {
    const text = await (await fetch(`${this.endpoint}/runs?list-type=2`)).text()
    return [...text.matchAll(/<Key>([^<]*)<\/Key>/g)].map(match => match[1]!)
  }

  /** What a stranger does to it. */
  async change(method: 'PUT' | 'DELETE', name: string, body?: string): Promise<void> {
    const client = new AwsClient({ accessKeyId: 'key', secretAccessKey: 'hidden', service: 's3' })
    await client.fetch(`${this.endpoint}/runs/${name}`, { method, ...(body !== undefined && { body }) })
  }

  stop(): void {
    // The command may be a script that starts another program.
    if (this.#process.exitCode === null) process.kill(-this.#process.pid!, 'SIGKILL')
  }
}
