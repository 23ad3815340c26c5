type Read = (path: string) => string

/**
 * The cores that this process may use: those its affinity allows, and no more than its cgroup's quota pays for (a
 * container limited to 1.5 processors gets two threads, not one for each core of the machine).
 *
 * @example
 * availableCores() // 2
 */
export function availableCores(): number {
  const { availableParallelism } = process.getBuiltinModule('node:os')
  const { readFileSync } = process.getBuiltinModule('node:fs')
  const quota = cgroupQuota(path => readFileSync(path, 'utf8'))
  return Math.max(1, Math.min(availableParallelism(), Math.ceil(quota)))
}

/**
 * Processors that the cgroup of this process and all groups above it pay for; Infinity without a limit. Reads
 * `cpu.max` (https://docs.kernel.org/admin-guide/cgroup-v2.html), and the two files that version 1 had for it.
 */
export function cgroupQuota(read: Read): number {
  const groups = attempt(() => read('/proc/self/cgroup')) ?? ''
  const path = /^0::(\/.*)$/m.exec(groups)?.[1] ?? '/'
  const folders = path.split('/').filter(Boolean)
  const limits = [...folders.keys(), folders.length].map(depth =>
    quotaIn(read, ['/sys/fs/cgroup', ...folders.slice(0, depth)].join('/')),
  )
  const older = ['/sys/fs/cgroup/cpu/cpu.cfs_quota_us', '/sys/fs/cgroup/cpu/cpu.cfs_period_us'].map(file =>
    Number(attempt(() => read(file)) ?? Number.NaN),
  )
  return Math.min(...limits, share(older[0]!, older[1]!))
}

function quotaIn(read: Read, folder: string): number {
  const [quota, period] = (attempt(() => read(`${folder}/cpu.max`)) ?? 'max').trim().split(' ')
  return share(Number(quota), Number(period))
}

function share(quota: number, period: number): number {
  return quota > 0 && period > 0 ? quota / period : Number.POSITIVE_INFINITY
}

/** Files that are missing, or that this process may not read, limit nothing. */
function attempt<T>(work: () => T): T | null {
  try {
    return work()
  } catch {
    return null
  }
}
