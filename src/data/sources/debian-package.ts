import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { HeddleError } from '../../base/errors.ts'
import { makeFolder } from '../../base/files.ts'

const run = promisify(execFile)

/**
 * Fetches a Debian package with apt and unpacks it below `workDir`, without root and without touching the system:
 * apt gets lists, cache and hooks of its own, and nothing is installed. Signatures are checked as always.
 *
 * @param sourcesFile where apt looks for packages; default: the system's own sources
 * @returns the root of the unpacked tree
 */
export async function fetchDebianPackage(
  packageName: string,
  { workDir, sourcesFile }: { workDir: string; sourcesFile?: string },
): Promise<string> {
  const dirs = {
    lists: join(workDir, 'lists'),
    cache: join(workDir, 'cache'),
    download: join(workDir, 'download'),
    tree: join(workDir, 'tree'),
  }
  for (const dir of [join(dirs.lists, 'partial'), join(dirs.cache, 'archives', 'partial'), dirs.download]) {
    makeFolder(dir)
  }
  // apt reads APT_CONFIG first, then /etc/apt/apt.conf.d (proxies, trusted keys), then the main file: ours.
  const main = join(workDir, 'apt.conf')
  const first = join(workDir, 'apt-first.conf')
  await writeFile(main, privateConfiguration(dirs, sourcesFile))
  await writeFile(first, `Dir::Etc::main "${main}";\n`)
  const env = { ...process.env, APT_CONFIG: first, LC_ALL: 'C' }

  await tool('apt-get', ['-q', 'update'], { cwd: dirs.download, env })
  await tool('apt-get', ['-q', 'download', packageName], { cwd: dirs.download, env })
  const archive = (await readdir(dirs.download)).find(name => name.endsWith('.deb'))
  if (!archive) throw new HeddleError(`apt-get download ${packageName} left no .deb file`)
  await tool('dpkg-deb', ['-x', join(dirs.download, archive), dirs.tree], { cwd: workDir, env })
  return dirs.tree
}

function privateConfiguration(dirs: { lists: string; cache: string }, sourcesFile?: string): string {
  const lines = [
    // The system's main file is left out by naming ours: include it.
    existsSync('/etc/apt/apt.conf') ? '#include "/etc/apt/apt.conf";' : '',
    // The system's hooks would clean its caches and refresh its catalogues: not our business.
    '#clear APT::Update::Pre-Invoke;',
    '#clear APT::Update::Post-Invoke;',
    '#clear APT::Update::Post-Invoke-Success;',
    // Only the list of packages is needed, not catalogues, file lists and translations.
    '#clear Acquire::IndexTargets::deb::DEP-11;',
    '#clear Acquire::IndexTargets::deb::Contents-deb;',
    'Acquire::Languages "none";',
    'Acquire::Retries "1";',
    'Acquire::http::Timeout "20";',
    'Acquire::https::Timeout "20";',
    `Dir::State::lists "${dirs.lists}";`,
    `Dir::Cache "${dirs.cache}";`,
    // As root, apt would download as the user _apt, who may not enter our private folder.
    'APT::Sandbox::User "root";',
  ]
  if (sourcesFile) lines.push(`Dir::Etc::sourcelist "${sourcesFile}";`, 'Dir::Etc::sourceparts "-";')
  return `${lines.filter(line => line !== '').join('\n')}\n`
}

async function tool(
  command: string,
  args: readonly string[],
  { cwd, env }: { cwd: string; env: NodeJS.ProcessEnv },
): Promise<void> {
  try {
    await run(command, args, { cwd, env, timeout: 300_000, maxBuffer: 2 ** 24 })
  } catch (error) {
    const { code, stderr, message } = error as { code?: string | number; stderr?: string; message: string }
    if (code === 'ENOENT') throw new HeddleError(`${command} is not installed`)
    const said = stderr?.split('\n').find(line => line.startsWith('E:')) ?? message.split('\n')[0]
    throw new HeddleError(`${command} ${args.join(' ')} failed: ${said}`)
  }
}
