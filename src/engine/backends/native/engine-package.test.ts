import { describe, expect, test } from 'vitest'
import { enginePackages, missingEngine, thisMachine } from './engine-package.ts'

const published = {
  sharp: '0.35.5',
  '@heddle/engine-linux-x64-gnu': '1.2.3',
  '@heddle/engine-win32-x64': '1.2.3',
}

describe('packages with an engine', () => {
  test('are looked for by system and processor, on Linux for both C libraries', () => {
    expect(enginePackages({ platform: 'darwin', arch: 'arm64' })).toEqual(['@heddle/engine-darwin-arm64'])
    expect(enginePackages({ platform: 'linux', arch: 'x64' })).toEqual([
      '@heddle/engine-linux-x64-gnu',
      '@heddle/engine-linux-x64-musl',
    ])
  })

  test('a missing one is named, with the command that installs it', () => {
    expect(missingEngine({ platform: 'linux', arch: 'x64', libc: 'gnu' }, published)).toBe(
      'the package @heddle/engine-linux-x64-gnu is missing. Install it with "npm install @heddle/engine-linux-x64-gnu@1.2.3". ' +
        'Package managers leave it out with --omit=optional, and where the lock file was made on another system.',
    )
  })

  test('on a machine that has no package, the message lists the machines that have one', () => {
    expect(missingEngine({ platform: 'linux', arch: 'riscv64', libc: 'musl' }, published)).toBe(
      'there is no prebuilt engine for linux-riscv64-musl, only for linux-x64-gnu, win32-x64. ' +
        'Build it with "npx heddle build-engine" (it needs a C++17 compiler).',
    )
  })

  test('a checkout builds its own', () => {
    expect(missingEngine({ platform: 'win32', arch: 'x64', libc: null }, { sharp: '0.35.5' })).toBe(
      'it is not built. Build it with "npx heddle build-engine".',
    )
  })
})

test('on Linux the C library of this process is found', () => {
  const { libc } = thisMachine()
  expect(process.platform === 'linux' ? ['gnu', 'musl'] : [null]).toContain(libc)
})
