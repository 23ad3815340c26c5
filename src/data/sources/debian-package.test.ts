import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { fetchDebianPackage } from './debian-package.ts'

const hasApt = ['apt-get', 'dpkg-deb'].every(tool => spawnSync(tool, ['--version']).status === 0)

describe.skipIf(!hasApt)(
  'with the real apt-get and a repository of our own (skipped where there is no apt)',
  () => {
    let folder: string
    let sourcesFile: string

    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'heddle-debian-'))
      const tree = join(folder, 'package')
      const repository = join(folder, 'repository')
      for (const dir of [join(tree, 'DEBIAN'), join(tree, 'usr/share/datasets/tiny'), repository]) {
        mkdirSync(dir, { recursive: true })
      }
      const control =
        'Package: dataset-tiny\nVersion: 1.0\nArchitecture: all\nMaintainer: Heddle <heddle@example.org>\nDescription: test\n'
      writeFileSync(join(tree, 'DEBIAN/control'), control)
      writeFileSync(join(tree, 'usr/share/datasets/tiny/labels'), 'tiny labels')
      const archive = join(repository, 'dataset-tiny_1.0_all.deb')
      execFileSync('dpkg-deb', ['--build', '--root-owner-group', tree, archive])
      const bytes = readFileSync(archive)
      const sha256 = createHash('sha256').update(bytes).digest('hex')
      const entry = `${control}Filename: ./dataset-tiny_1.0_all.deb\nSize: ${bytes.length}\nSHA256: ${sha256}\n`
      writeFileSync(join(repository, 'Packages'), entry)
      sourcesFile = join(folder, 'sources.list')
      writeFileSync(sourcesFile, `deb [trusted=yes] file:${repository} ./\n`)
      return () => rmSync(folder, { recursive: true })
    })

    test('a package is fetched and unpacked, not installed', async () => {
      const root = await fetchDebianPackage('dataset-tiny', { workDir: join(folder, 'work'), sourcesFile })
      expect(readFileSync(join(root, 'usr/share/datasets/tiny/labels'), 'utf8')).toBe('tiny labels')
      expect(spawnSync('dpkg', ['--status', 'dataset-tiny']).status).not.toBe(0)
    })

    test('a package that does not exist is named', async () => {
      await expect(
        fetchDebianPackage('dataset-none', { workDir: join(folder, 'work'), sourcesFile }),
      ).rejects.toThrow('apt-get -q download dataset-none failed: E: Unable to locate package dataset-none')
    })
  },
)
