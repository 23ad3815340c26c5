import { availableParallelism } from 'node:os'
import { describe, expect, test } from 'vitest'
import { availableCores, cgroupQuota } from './available-cores.ts'

const from =
  (files: Readonly<Record<string, string>>) =>
  (path: string): string => {
    if (!(path in files)) throw new Error(`ENOENT: ${path}`)
    return files[path]!
  }

describe('the quota of a cgroup', () => {
  test.each([
    ['no files at all', {}, Number.POSITIVE_INFINITY],
    [
      'no limit',
      { '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/cpu.max': 'max 100000\n' },
      Number.POSITIVE_INFINITY,
    ],
    ['its own', { '/proc/self/cgroup': '0::/a/b\n', '/sys/fs/cgroup/a/b/cpu.max': '150000 100000\n' }, 1.5],
    [
      'a smaller one above it',
      {
        '/proc/self/cgroup': '0::/a/b\n',
        '/sys/fs/cgroup/a/b/cpu.max': '400000 100000\n',
        '/sys/fs/cgroup/a/cpu.max': '50000 100000\n',
      },
      0.5,
    ],
    [
      'version 1',
      {
        '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '300000\n',
        '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
      },
      3,
    ],
    [
      'version 1 without a limit',
      { '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1\n', '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n' },
      Number.POSITIVE_INFINITY,
    ],
    [
      'nonsense',
      { '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/cpu.max': 'many few' },
      Number.POSITIVE_INFINITY,
    ],
  ])('%s', (_, files, expected) => {
    expect(cgroupQuota(from(files))).toBe(expected)
  })
})

test('there is a core, and no more than the affinity allows', () => {
  expect(availableCores()).toBeGreaterThanOrEqual(1)
  expect(availableCores()).toBeLessThanOrEqual(availableParallelism())
})
