import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { chown } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import type * as Pg from 'pg'

const pg = createRequire(import.meta.url)('pg') as typeof Pg

/** The server's programs; `null`: there are none on this machine. */
const programs = (() => {
  const debian = '/usr/lib/postgresql'
  const versions = existsSync(debian) ? readdirSync(debian).map(version => join(debian, version, 'bin')) : []
  const path = (process.env.PATH ?? '').split(delimiter)
  return [...versions.sort().reverse(), ...path].find(folder => existsSync(join(folder, 'initdb'))) ?? null
})()

/** A server refuses to run as root: its own user then, or any other. */
const account = (() => {
  if (process.getuid?.() !== 0) return {}
  const id = (flag: string) => Number(spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' }).stdout)
  return { uid: id('-u') || 65534, gid: id('-g') || 65534 }
})()

/** Why tests with a PostgreSQL server are skipped; `null`: they are not. */
export const noPostgres = programs === null ? 'PostgreSQL is not installed' : null

/** A PostgreSQL server of its own, in a temporary folder, for 127.0.0.1 alone. */
export class TestServer {
  readonly port: number
  readonly folder: string
  #process: ChildProcess | null = null
  readonly #options: readonly string[]

  private constructor(port: number, folder: string, options: readonly string[]) {
    this.port = port
    this.folder = folder
    this.#options = options
  }

  /** `password`: what its user "heddle" must give; left out: nothing. `options`: settings, such as `max_connections=20`. */
  static async start({
    password,
    options = [],
    folder = mkdtempSync(join(tmpdir(), 'heddle-postgres-')),
  }: {
    password?: string
    options?: readonly string[]
    folder?: string
  } = {}): Promise<TestServer> {
    if (account.uid !== undefined) await chown(folder, account.uid, account.gid!)
    const data = join(folder, 'data')
    const { status, stderr } = spawnSync(
      join(programs!, 'initdb'),
      ['-D', data, '-U', 'heddle', '-E', 'UTF8', '--locale=C', '-A', 'trust', '--no-sync'],
      { ...account, cwd: folder, encoding: 'utf8' },
    )
    if (status !== 0) throw new Error(`initdb failed: ${stderr}`)
    const server = new TestServer(await freePort(), folder, options)
    await server.up()
    await server.run('create database store', 'postgres')
    if (password !== undefined) {
      await server.run(`alter user heddle password '${password}'`)
      spawnSync('sed', ['-i', '/^host/s/trust$/scram-sha-256/', join(data, 'pg_hba.conf')], account)
      await server.run('select pg_reload_conf()')
    }
    return server
  }

  /** Of its database "store". */
  address(parameters = ''): string {
    return `postgres://heddle@127.0.0.1:${this.port}/store${parameters}`
  }

  /** Starts it again, after `down`. */
  async up(): Promise<void> {
    const settings = ['fsync=off', 'autovacuum=off', 'listen_addresses=127.0.0.1', ...this.#options]
    const flags = settings.flatMap(setting => ['-c', setting])
    const data = join(this.folder, 'data')
    const child = spawn(
      join(programs!, 'postgres'),
      ['-D', data, '-p', `${this.port}`, '-k', this.folder, ...flags],
      {
        ...account,
        cwd: this.folder,
        stdio: ['ignore', 'ignore', process.env.HEDDLE_TEST_POSTGRES_LOG ? 'inherit' : 'ignore'],
      },
    )
    this.#process = child
    // It must not outlive a test that was ended.
    process.once('exit', () => void child.kill('SIGQUIT'))
    for (;;) {
      if (child.exitCode !== null) throw new Error(`the server ended at once (${child.exitCode})`)
      const isUp = await this.run('select 1', 'postgres').then(
        () => true,
        () => false,
      )
      if (isUp) return
      await new Promise(resolve => setTimeout(resolve, 50))
    }
  }

  /** `immediate`: without a word to its clients, as if the machine had failed; it recovers when it is started again. */
  async down(mode: 'fast' | 'immediate' = 'fast'): Promise<void> {
    const child = this.#process
    if (!child || child.exitCode !== null) return
    const ended = new Promise(resolve => child.once('close', resolve))
    child.kill(mode === 'fast' ? 'SIGINT' : 'SIGQUIT')
    await ended
    this.#process = null
  }

  /** Executes SQL, through its socket. */
  async run(sql: string, database = 'store'): Promise<Record<string, unknown>[]> {
    const client = new pg.Client({ host: this.folder, port: this.port, user: 'heddle', database })
    client.on('error', () => {})
    try {
      await client.connect()
      return (await client.query(sql)).rows as Record<string, unknown>[]
    } finally {
      await client.end().catch(() => {})
    }
  }

  async stop(): Promise<void> {
    await this.down('immediate')
    rmSync(this.folder, { recursive: true, force: true })
  }
}

export function freePort(): Promise<number> {
  return new Promise(resolve => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}
