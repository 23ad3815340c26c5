import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
// @ts-expect-error: the scripts of a release are JavaScript.
import { layOut } from '../scripts/release/packages.mjs'
// @ts-expect-error: as above
import { notePassed, passedAt } from '../scripts/release/passed.mjs'
// @ts-expect-error: as above
import { targets } from '../scripts/release/targets.mjs'

// The rule of a release: an engine that passed the contract suite nowhere is packed, says so, and is not published.

const folder = mkdtempSync(join(tmpdir(), 'heddle-release-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const addon = join(folder, 'heddle.node')
writeFileSync(addon, 'one build')
const target = (name: string): object => targets.find((each: { name: string }) => each.name === name)

describe('the note beside an engine', () => {
  test('says where this file passed, and nothing of another build', () => {
    expect(passedAt(addon)).toBeNull()
    notePassed(addon, 'macOS 15 on arm64')
    expect(passedAt(addon)).toBe('macOS 15 on arm64')
    writeFileSync(addon, 'another build')
    expect(passedAt(addon)).toBeNull()
  })
})

describe('the packages of two engines, one of which was never run', () => {
  const places = layOut(join(folder, 'packages'), [
    { addon, target: { ...target('linux-arm64-musl'), ran: 'Node 22 under QEMU' } },
    { addon, target: { ...target('darwin-arm64'), ran: null } },
  ]) as { readonly folder: string; readonly manifest: Readonly<Record<string, unknown>> }[]
  const [library, , musl, mac] = places
  const readme = (place: typeof musl): string => readFileSync(join(place!.folder, 'README.md'), 'utf8')

  test('heddle depends on the one that ran', () => {
    const { version, optionalDependencies } = library!.manifest
    expect(optionalDependencies).toEqual({ '@heddle/engine-linux-arm64-musl': version })
  })

  test('each says where it ran, or that it never did', () => {
    expect(readme(musl)).toContain('passed on Node 22 under QEMU')
    expect(readme(mac)).toContain('never run')
    expect(readme(mac)).toContain('not published as supported')
  })

  test('each is for its machine, has no scripts, and is unpacked from an archive', () => {
    expect(musl!.manifest).toMatchObject({
      os: ['linux'],
      cpu: ['arm64'],
      libc: ['musl'],
      preferUnplugged: true,
    })
    expect(mac!.manifest).toMatchObject({ os: ['darwin'], cpu: ['arm64'], main: 'heddle.node' })
    for (const { manifest } of places) expect(manifest).not.toHaveProperty('scripts')
  })
})
