import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { replaceFile } from '../../base/files.ts'
import type { Dataset } from '../../data/dataset.ts'
import type { DataSource } from '../../data/source.ts'
import type { DataAudit } from '../../protocol/audit.ts'
import type { AuditState } from '../../protocol/data.ts'
import { toJson } from '../../protocol/json.ts'
import type { TaskEvent } from '../../protocol/tasks.ts'
import { startWorker, type Worker } from '../../runs/worker-process.ts'

/**
 * Audits of datasets, each made once by a process of its own: it trains networks, and comparing all images with one another
 * takes the thread for minutes. What was found is kept under the data's fingerprint.
 */
export class Audits {
  readonly #folder: string
  readonly #env: NodeJS.ProcessEnv
  readonly #running = new Map<string, { worker: Worker | null; said: string }>()
  readonly #failed = new Map<string, string>()

  constructor(storeFolder: string, env: NodeJS.ProcessEnv) {
    this.#folder = join(storeFolder, 'audits')
    this.#env = env
  }

  async of({ fingerprint }: Dataset): Promise<AuditState> {
    const running = this.#running.get(fingerprint)
    if (running) return { state: 'running', said: running.said }
    const audit = await this.#kept(fingerprint)
    if (audit) return { state: 'done', audit }
    const failed = this.#failed.get(fingerprint)
    return failed === undefined ? { state: 'none' } : { state: 'failed', said: failed }
  }

  /** Begins one, unless it is there or on its way. */
  async start({ fingerprint }: Dataset, source: DataSource): Promise<void> {
    if (this.#running.has(fingerprint)) return
    const running: { worker: Worker | null; said: string } = { worker: null, said: '' }
    this.#running.set(fingerprint, running)
    let kept: DataAudit | null | undefined
    try {
      kept = await this.#kept(fingerprint)
    } finally {
      if (kept !== null) this.#running.delete(fingerprint)
    }
    if (kept) return
    this.#failed.delete(fingerprint)
    const onEvent = (event: TaskEvent): void => {
      if (event.type === 'progress') running.said = event.text
    }
    running.worker = startWorker({ kind: 'audit', data: source }, { env: this.#env, onEvent })
    running.worker.result
      .then(audit => replaceFile(this.#fileOf(fingerprint), [Buffer.from(toJson(audit, 2))]))
      .catch((error: Error) => this.#failed.set(fingerprint, error.message))
      .finally(() => this.#running.delete(fingerprint))
  }

  close(): void {
    for (const { worker } of this.#running.values()) worker?.stop()
  }

  /** `null`: there is none, or its file is damaged, and it can be made again. */
  async #kept(fingerprint: string): Promise<DataAudit | null> {
    const text = await readFile(this.#fileOf(fingerprint), 'utf8').catch(error => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'null'
      throw error
    })
    try {
      const audit: unknown = JSON.parse(text)
      return typeof audit === 'object' && audit !== null && 'findings' in audit ? (audit as DataAudit) : null
    } catch {
      return null
    }
  }

  #fileOf(fingerprint: string): string {
    return join(this.#folder, `${fingerprint}.json`)
  }
}
