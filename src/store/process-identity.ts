import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'

/** A process that no other one is, on any machine, before or after a restart. */
interface Identity {
  readonly host: string
  /** Changes when the machine starts; empty where the system does not tell. */
  readonly boot: string
  readonly pid: number
  /** When the process started, in the system's own measure: numbers of processes are given out again. */
  readonly started: string
}

/** After so long without a sign of life from another machine, a run's process is taken for dead. */
export const SILENCE_MS = 5 * 60_000

/** A process of this machine as text; left out: this one. */
export function processIdentity(pid = process.pid): string {
  const identity: Identity = { host: hostname(), boot: bootId(), pid, started: startOf(pid) ?? '' }
  return JSON.stringify(identity)
}

/** Interrupts a process of this machine as Ctrl-C does; `false`: it is not there, or on another machine. */
export function interruptProcess(identity: string | null): boolean {
  if (identity === null || !isAlive(identity, 0)) return false
  const { host, pid } = identityIn(identity)!
  return host === hostname() && process.kill(pid, 'SIGINT')
}

/** Interrupts this process as Ctrl-C does. */
export function interruptSelf(): void {
  process.kill(process.pid, 'SIGINT')
}

/** Whether the process of that identity lives. What cannot be known (another machine) is judged by its silence: `patienceMs` at most. */
export function isAlive(identity: string | null, silentMs: number, patienceMs = SILENCE_MS): boolean {
  if (identity === null) return false
  const owner = identityIn(identity)
  if (owner === null) return false
  const { host, boot, pid, started } = owner
  if (host !== hostname()) return silentMs < patienceMs
  if (boot !== bootId()) return false
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
  }
  const startNow = startOf(pid)
  if (startNow !== null && started !== '') return startNow === started
  return silentMs < patienceMs
}

/** Whether the process of that identity ran on this machine, since the machine was started. */
export function isOfThisMachine(identity: string | null): boolean {
  const owner = identity === null ? null : identityIn(identity)
  return owner !== null && owner.host === hostname() && owner.boot === bootId()
}

/** The name of the machine of a process. */
export function machineOf(identity: string | null): string {
  return (identity === null ? null : identityIn(identity)?.host) ?? 'an unknown machine'
}

/** `null` for a text that is none: it may come from a damaged file. */
function identityIn(text: string): Identity | null {
  try {
    const { host, boot, pid, started } = JSON.parse(text) as Partial<Identity>
    const isSound =
      [host, boot, started].every(value => typeof value === 'string') && Number.isInteger(pid) && pid! > 0
    return isSound ? (JSON.parse(text) as Identity) : null
  } catch {
    return null
  }
}

function bootId(): string {
  return contentOf('/proc/sys/kernel/random/boot_id')?.trim() ?? ''
}

/** The 22nd number of Linux' stat; a zombie is as good as gone. */
function startOf(pid: number): string | null {
  const stat = contentOf(`/proc/${pid}/stat`)
  // The name in parentheses may hold anything.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')
  if (!fields) return null
  return fields[0] === 'Z' ? 'dead' : fields[19]!
}

function contentOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}
