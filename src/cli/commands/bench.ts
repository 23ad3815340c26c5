import { execFileSync } from 'node:child_process'
import { Interruption } from '../../base/interruption.ts'
import { median } from '../../base/maths.ts'
import { ownFile } from '../../base/own-file.ts'
import { ownVersion } from '../../base/version.ts'
import { chooseBackend } from '../../engine/backends/choose.ts'
import { nativeUnavailable } from '../../engine/backends/native/addon.ts'
import { nativePeak } from '../../engine/backends/native/native.ts'
import { buildModel } from '../../model/model.ts'
import { toJson } from '../../protocol/json.ts'
import { table } from '../../show/table.ts'
import { dateAt, wallClock } from '../../store/wall-clock.ts'
import { compare } from '../bench/compare.ts'
import { engine } from '../bench/engine.ts'
import { type Contestant, type Job, kinds, operationsOf } from '../bench/job.ts'
import { MissingPeer, type PeerName, peersFor, startPeer } from '../bench/peers.ts'
import { measureProcesses, type ProcessTime } from '../bench/processes.ts'
import { BenchRecord, benchTable, type Comparison, type Occasion } from '../bench/record.ts'
import { type BenchSettings, benchOptions, benchSettings } from '../bench/settings.ts'
import { findSubjects, type Subject } from '../bench/subjects.ts'
import { command } from '../command.ts'
import type { Terminal } from '../terminal.ts'
import { interruptible } from '../terminal.ts'

/** The reports' images; models that state a shape of their own keep it. */
const IMAGE = [28, 28, 1]
/** Batch sizes of inference: a single image, and many. */
const INFERENCE_BATCHES = [1, 256]

export default command({
  summary: 'measure the speed, also beside other libraries',
  description: 'Measure the speed of training and inference, also of the other libraries that are installed.',
  options: benchOptions,
  examples: [
    ['heddle bench', "report 002's networks, batch 64, beside the other libraries that are installed"],
    ['heddle bench --model 002/standard --threads 1,all', 'one of them, with one thread and with all'],
    ['heddle bench --what inference --peers none', 'this engine alone: latency and throughput'],
    ['heddle bench --model my.ts --batch report --json', 'your models at the batch size they train with'],
  ],
  async run(given, { terminal }) {
    const { model, json } = given
    const settings = benchSettings(given)
    const onNotice = (message: string): void => terminal.notice(message)
    const subjects = await findSubjects(model, { cwd: process.cwd(), onNotice })
    await interruptible(async signal => {
      const session = new Session(settings, terminal, signal)
      const comparisons: Comparison[] = []
      for (const threads of settings.threads) {
        for (const what of kinds.filter(kind => settings.what.includes(kind))) {
          comparisons.push(...(await session.measure(subjects, what, threads)))
        }
      }
      const processes = settings.what.includes('process') ? measureProcesses(onNotice) : []
      if (json) terminal.print(toJson({ comparisons, processes }, 2))
      else print(terminal, comparisons, processes)
    })
  },
})

function print(
  terminal: Terminal,
  comparisons: readonly Comparison[],
  processes: readonly ProcessTime[],
): void {
  for (const kind of kinds) {
    const those = comparisons.filter(({ what }) => what === kind)
    if (those.length === 0) continue
    terminal.print(
      `\n${kind === 'step' ? 'One training step' : 'Inference, one call'}\n\n${benchTable(those)}`,
    )
    const versions = new Map(those.flatMap(({ standings }) => standings.map(s => [s.contestant, s.version])))
    const programs = [...versions].map(([name, version]) => `${name} ${version}`)
    const known = those.filter(({ peakGflops }) => !Number.isNaN(peakGflops))
    const peaks = new Map(known.map(({ threads, peakGflops }) => [threads, peakGflops]))
    const peak = [...peaks].map(([threads, gflops]) => `${gflops.toFixed(0)} GFLOPS with ${threads}`)
    terminal.print(`\n${programs.join(' · ')}`)
    if (peak.length > 0) terminal.print(`Peak of the multiply-adds, threads: ${peak.join(', ')}`)
  }
  if (processes.length === 0) return
  const rows = processes.map(({ what, program, seconds }) => [what, program, seconds.toFixed(2)])
  const columns = ['Whole process', 'Program', 'Seconds'] as const
  terminal.print(
    `\n${table(
      columns.map((title, i) => ({ title, align: i < 2 ? 'left' : 'right' })),
      rows,
    )}`,
  )
}

class Session {
  readonly #settings: BenchSettings
  readonly #terminal: Terminal
  readonly #signal: AbortSignal
  readonly #record: BenchRecord | null
  readonly #commit = commitOf()
  /** Peers that are not installed, with the reason, which is printed once. */
  readonly #missing = new Map<PeerName, string>()

  constructor(settings: BenchSettings, terminal: Terminal, signal: AbortSignal) {
    this.#settings = settings
    this.#terminal = terminal
    this.#signal = signal
    this.#record = settings.record ? new BenchRecord(settings.record) : null
  }

  /** Measures all jobs of one kind at one number of threads; the peers keep running from job to job. */
  async measure(
    subjects: readonly Subject[],
    what: Job['what'],
    threads: number,
  ): Promise<readonly Comparison[]> {
    const jobs = subjects
      .flatMap(subject => this.#batchesOf(subject, what).map(batch => ({ subject, batch })))
      .filter(({ subject, batch }) => {
        const occasion = this.#occasion(subject, { what, batch, threads })
        return !(this.#settings.resume && this.#record?.has(occasion, this.#commit))
      })
    if (jobs.length === 0) return []
    const backend = chooseBackend(this.#settings.backend, { threads })
    const contestants = [engine(backend, this.#commit), ...(await this.#startPeers(what, threads))]
    const stop = (): void => contestants.forEach(contestant => void contestant.close())
    this.#signal.addEventListener('abort', stop)
    try {
      const comparisons: Comparison[] = []
      for (const { subject, batch } of jobs) {
        const occasion = this.#occasion(subject, { what, batch, threads })
        comparisons.push(await this.#compare(contestants, subject, occasion))
      }
      return comparisons
    } finally {
      stop()
      this.#signal.removeEventListener('abort', stop)
    }
  }

  #occasion({ name }: Subject, job: Omit<Occasion, 'model' | 'backend'>): Occasion {
    return { model: name, ...job, ...(this.#settings.backend === 'wasm' && { backend: 'wasm' }) }
  }

  async #compare(
    contestants: readonly Contestant[],
    subject: Subject,
    occasion: Occasion,
  ): Promise<Comparison> {
    const { model: name, what, batch, threads } = occasion
    this.#terminal.log({
      text: `${name}, ${what}, batch ${batch}, ${threads === 1 ? '1 thread' : `${threads} threads`} …`,
      style: 'dim',
    })
    const { spec, optimizer, loss } = subject
    const model = buildModel(spec, spec.inputShape ?? IMAGE)
    const job: Job = { what, spec, inputShape: model.inputShape, batch, optimizer, loss }
    const gigaOperations = (batch * operationsOf(model, what)) / 1e9
    const absent = [...this.#missing.values()]
    const peaks: number[] = []
    const standings = await compare(contestants, {
      job,
      rounds: this.#settings.rounds,
      roundMs: this.#settings.roundMs,
      gigaOperations,
      peak: () => {
        if (this.#signal.aborted) throw new Interruption()
        // The native engine measures the peak; without it the peak is unknown.
        const gflops = nativeUnavailable() ? Number.NaN : nativePeak({ threads })
        peaks.push(gflops)
        return gflops
      },
      onNotice: message => {
        if (this.#signal.aborted) throw new Interruption()
        absent.push(message)
        this.#terminal.notice(message)
      },
    })
    const comparison = {
      ...occasion,
      parameters: model.parameterCount,
      gigaOperations,
      peakGflops: median(peaks),
      commit: this.#commit,
      date: dateAt(wallClock()).toISOString().slice(0, 10),
      standings,
      absent,
    }
    this.#record?.add(comparison)
    return comparison
  }

  #batchesOf({ batchSize }: Subject, what: Job['what']): readonly number[] {
    if (what === 'inference') return INFERENCE_BATCHES
    return [...new Set(this.#settings.batches.map(batch => (batch === 'report' ? batchSize : batch)))]
  }

  async #startPeers(what: Job['what'], threads: number): Promise<readonly Contestant[]> {
    const { peers } = this.#settings
    const started: Contestant[] = []
    for (const name of peers === 'found' ? peersFor(what) : peers) {
      if (this.#missing.has(name)) continue
      try {
        started.push(await startPeer(name, threads))
      } catch (error) {
        if (!(error instanceof MissingPeer)) throw error
        this.#missing.set(name, error.message)
        this.#terminal.notice(error.message)
      }
    }
    return started
  }
}

/** What is measured: the commit of a checkout, or the version of the package. */
function commitOf(): string {
  const cwd = ownFile('.')
  try {
    return execFileSync('git', ['describe', '--always', '--dirty'], {
      cwd,
      encoding: 'utf8',
      stdio: 'pipe',
    }).trim()
  } catch {
    return ownVersion()
  }
}
