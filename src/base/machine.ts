import { availableParallelism, cpus } from 'node:os'

/** The machine and the Node that something was measured on. */
export interface Machine {
  readonly platform: string
  readonly arch: string
  /** The processor's own name. */
  readonly cpu: string
  /** How many threads this process may run at once. */
  readonly cores: number
  readonly node: string
}

/** This one. */
export function thisMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    platform: process.platform,
    arch: process.arch,
    node: process.version,
  }
}
