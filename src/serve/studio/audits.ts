import { type ChildProcess, spawn } from 'node:child_process'
import { readFile, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { replaceFile } from '../../base/files.ts'
import type { Dataset } from '../../data/dataset.ts'
import type { DataSource } from '../../data/source.ts'
import { sequential } from '../../model/graph.ts'
import { dense, flatten } from '../../nn/layers/index.ts'
import { adam } from '../../nn/optimizers/index.ts'
import type { DataAudit } from '../../protocol/audit.ts'
import type { AuditState } from '../../protocol/data.ts'
import { experiment } from '../../train/experiment.ts'
import { environmentFor, HEDDLE } from './command.ts'

/** `null` for a file that is damaged: the audit can be made again. */
function parsed(text: string): DataAudit | null {
  try {
    const audit: unknown = JSON.parse(text)
    return typeof audit === 'object' && audit !== null && 'findings' in audit ? (audit as DataAudit) : null
  } catch {
    return null
  }
}

/**
 * Audits of datasets, each made once by a process of its own: it trains networks, and comparing all images with one another
 * takes the thread for minutes. What was found is kept under the data's fingerprint.
 */
export class Audits {
  readonly #folder: string
  readonly #running = new Map<string, { readonly child: ChildProcess; said: string }>()
  readonly #failed = new Map<string, string>()

  constructor(storeFolder: string) {
    this.#folder = join(storeFolder, 'audits')
  }

  async of({ fingerprint }: Dataset): Promise<AuditState> {
    const running = this.#running.get(fingerprint)
    if (running) return { state: 'running', said: lastLine(running.said) }
    const text = await readFile(this.#fileOf(fingerprint), 'utf8').catch(error => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
      throw error
    })
    const audit = text === null ? null : parsed(text)
    if (audit) return { state: 'done', audit }
    const failed = this.#failed.get(fingerprint)
    return failed === undefined ? { state: 'none' } : { state: 'failed', said: failed }
  }

  /** Begins one, unless it is there or on its way. */
  async start(data: Dataset, source: DataSource, dataDir: string | undefined): Promise<void> {
    const { fingerprint, classNames, name } = data
    if (this.#running.has(fingerprint) || (await this.of(data)).state === 'done') return
    const head = dense({ units: classNames.length, activation: 'softmax' })
    const asked = experiment({
      name: 'audit',
      data: source,
      models: { any: sequential([flatten(), head]) },
      train: { optimizer: adam(), loss: 'sparseCategoricalCrossentropy' },
    })
    const file = join(this.#folder, `${fingerprint}.experiment.json`)
    await replaceFile(file, [Buffer.from(JSON.stringify(asked))])
    const args = ['data', 'audit', file, '--json', ...(dataDir ? ['--data-dir', dataDir] : [])]
    const child = spawn(process.execPath, [HEDDLE, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: environmentFor(dirname(this.#folder), dataDir),
    })
    const running = { child, said: '' }
    this.#running.set(fingerprint, running)
    this.#failed.delete(fingerprint)
    let found = ''
    child.stdout.setEncoding('utf8').on('data', text => {
      found += text
    })
    child.stderr.setEncoding('utf8').on('data', text => {
      running.said = (running.said + text).slice(-4000)
    })
    child.on('error', error => {
      running.said += `\n${error.message}`
    })
    child.on('close', async code => {
      try {
        if (code === 0) await replaceFile(this.#fileOf(fingerprint), [Buffer.from(found)])
        else
          this.#failed.set(fingerprint, lastLine(running.said) || `The audit of ${name} ended with ${code}.`)
        await rm(file, { force: true })
      } catch (error) {
        this.#failed.set(fingerprint, (error as Error).message)
      } finally {
        this.#running.delete(fingerprint)
      }
    })
  }

  close(): void {
    for (const { child } of this.#running.values()) child.kill('SIGINT')
  }

  #fileOf(fingerprint: string): string {
    return join(this.#folder, `${fingerprint}.json`)
  }
}

function lastLine(said: string): string {
  return said
    .trim()
    .split(/[\n\r]/)
    .at(-1)!
    .replace(/^heddle: /, '')
}
