import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
// @ts-expect-error: the scripts of a release are JavaScript.
import { buildAddon } from '../scripts/native-units.mjs'
// @ts-expect-error: as above
import { whenChanged } from '../scripts/release/engines.mjs'
// @ts-expect-error: as above
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

  test('counts for a release that goes on, as long as the suite is the same', () => {
    notePassed(addon, 'this machine')
    expect(passedAt(addon, { sameSuite: true })).toBe('this machine')
    const note = `${addon}.passed.json`
    writeFileSync(note, JSON.stringify({ ...JSON.parse(readFileSync(note, 'utf8')), suite: 'of yesterday' }))
    expect(passedAt(addon, { sameSuite: true })).toBeNull()
    expect(passedAt(addon)).toBe('this machine')
  })
})

describe('a build that is stopped', () => {
  const compiler = process.env.CXX ?? 'g++'
  const file = join(folder, 'built')
  const build = (stamp: string, make: (file: string, keep: string) => Promise<void>): Promise<string> =>
    whenChanged(file, stamp, make)

  test('finds what it had made, and leaves nothing behind once it is done', async () => {
    const places: string[] = []
    const stopped = async (_: string, keep: string): Promise<void> => {
      places.push(keep)
      throw new Error('stopped')
    }
    for (const stamp of ['a', 'a', 'b']) await expect(build(stamp, stopped)).rejects.toThrow('stopped')
    expect(places[0]).toBe(places[1])
    expect(places[0]).not.toBe(places[2])
    await build('b', async () => writeFileSync(file, 'all of it'))
    expect(readdirSync(folder).filter(name => name.startsWith('built'))).toEqual(['built', 'built.stamp'])
  })

  test.skipIf(spawnSync(compiler, ['--version']).status !== 0)(
    'compiles no unit a second time',
    async () => {
      const keep = join(folder, 'objects')
      const units = [
        { name: 'missing', source: 'missing.cc', flags: [] },
        { name: 'threads', source: 'threads.cc', flags: [] },
      ]
      const options = { compiler: [compiler], flags: ['-std=c++17', '-fPIC'], linkFlags: ['-shared'], keep }
      await expect(buildAddon(join(folder, 'threads.so'), { ...options, units })).rejects.toThrow(
        'missing.cc',
      )
      const object = join(keep, 'threads.o')
      while (!existsSync(object)) await new Promise(resolve => setTimeout(resolve, 50))
      const { mtimeMs } = statSync(object)
      await expect(buildAddon(join(folder, 'threads.so'), { ...options, units })).rejects.toThrow(
        'missing.cc',
      )
      expect(statSync(object).mtimeMs).toBe(mtimeMs)
      await buildAddon(join(folder, 'threads.so'), { ...options, units: units.slice(1) })
      expect(existsSync(join(folder, 'threads.so'))).toBe(true)
      expect(existsSync(keep)).toBe(false)
    },
    60_000,
  )
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
