import type { Command as Commander } from 'commander'
import { UsageError } from '../base/errors.ts'
import { type Command, declare, examplesText, newProgram } from './command.ts'
import { ownVersion } from './version.ts'

// Each command's code is loaded when it is needed: `heddle --version` needs none of it, `heddle run` only its own.
type Loader = () => Promise<{ readonly default: Command }>

/** Commands under one name, such as `heddle data show`. */
interface Family {
  readonly summary: string
  readonly examples: Command['examples']
  readonly commands: Readonly<Record<string, Loader>>
}

const data: Family = {
  summary: 'get, show, audit and augment datasets',
  examples: [
    ['heddle data get', 'find or download Fashion-MNIST, and verify it'],
    ['heddle data show fashion-mnist-mini', 'the built-in subset, without any network'],
    ['heddle data audit', 'what is odd about the data, before training'],
  ],
  commands: {
    get: () => import('./commands/data-get.ts'),
    show: () => import('./commands/data-show.ts'),
    audit: () => import('./commands/data-audit.ts'),
    augment: () => import('./commands/data-augment.ts'),
  },
}

const runs: Family = {
  summary: 'list, show, tag, export and remove recorded runs',
  examples: [
    ['heddle runs ls', 'all runs, the newest first'],
    ['heddle runs show last', 'everything that is known of the newest'],
    ['heddle runs diff 3f9a 81c2', 'what differs between two'],
  ],
  commands: {
    ls: () => import('./commands/runs-ls.ts'),
    show: () => import('./commands/runs-show.ts'),
    diff: () => import('./commands/runs-diff.ts'),
    tag: () => import('./commands/runs-tag.ts'),
    note: () => import('./commands/runs-note.ts'),
    rm: () => import('./commands/runs-rm.ts'),
    gc: () => import('./commands/runs-gc.ts'),
    export: () => import('./commands/runs-export.ts'),
    import: () => import('./commands/runs-import.ts'),
  },
}

/** Every command, as help groups them. */
const groups: Readonly<Record<string, Readonly<Record<string, Loader | Family>>>> = {
  Train: {
    run: () => import('./commands/run.ts'),
    resume: () => import('./commands/resume.ts'),
    repeat: () => import('./commands/repeat.ts'),
    summary: () => import('./commands/summary.ts'),
    doctor: () => import('./commands/doctor.ts'),
  },
  Understand: {
    evaluate: () => import('./commands/evaluate.ts'),
    compare: () => import('./commands/compare.ts'),
    predict: () => import('./commands/predict.ts'),
    explain: () => import('./commands/explain.ts'),
    report: () => import('./commands/report.ts'),
  },
  Data: { data },
  'Recorded runs': { runs },
  'Studio and other': {
    studio: () => import('./commands/studio.ts'),
    bench: () => import('./commands/bench.ts'),
    'build-engine': () => import('./commands/build-engine.ts'),
    completion: () => import('./commands/completion.ts'),
  },
}

/** A command with its group and its name, such as `data show`. */
export interface NamedCommand {
  readonly group: string
  readonly name: string
  readonly command: Command
}

/** All commands, loaded, in the order of help. */
export async function allCommands(): Promise<readonly NamedCommand[]> {
  const loaded: NamedCommand[] = []
  for (const [group, entries] of Object.entries(groups))
    for (const [name, entry] of Object.entries(entries)) {
      if (typeof entry === 'function') loaded.push({ group, name, command: (await entry()).default })
      else
        for (const [inner, load] of Object.entries(entry.commands))
          loaded.push({ group, name: `${name} ${inner}`, command: (await load()).default })
    }
  return loaded
}

/**
 * The command line, as commander knows it. With the words that were typed, only the command that they name is loaded; if they
 * name none, all are.
 */
export async function createProgram(words: readonly string[] = []): Promise<Commander> {
  const program = newProgram('heddle')
    .description('Define, train, compare and understand image classifiers.')
    .usage('<command> [options]')
    .version(ownVersion(), '-v, --version', 'print the version')
    .commandsGroup('Studio and other:')
    .helpCommand('help [command]', 'print the help of a command')
    .addHelpText(
      'before',
      examplesText([
        ['heddle run basic-vs-standard', 'train the two networks of an experiment that comes with Heddle'],
        ['heddle run photos', 'train a network for your own photos: a folder for each class'],
        ['heddle evaluate last', 'how good the newest run is, and where it fails'],
        ['heddle compare basic-vs-standard', 'which of its networks is better, and how sure that is'],
        ['heddle studio', 'train, watch and compare in the browser'],
      ]),
    )
    .addHelpText('after', '\n"heddle run --help" explains a command, with examples first.')
  if (/^(-v|--version)$/.test(words[0] ?? '')) return program
  const [first, second] = words.filter(word => !word.startsWith('-'))
  if (first === 'reproduce')
    throw new UsageError(`unknown command 'reproduce'\n(In a checkout of Heddle: npm run reproduce)`)
  const wanted = Object.entries(groups).flatMap(([group, entries]) =>
    Object.entries(entries).map(([name, entry]) => ({ group, name, entry })),
  )
  const only = wanted.filter(({ name }) => name === first)
  for (const { group, name, entry } of only.length > 0 ? only : wanted) {
    const added =
      typeof entry === 'function'
        ? declare(program.command(name), (await entry()).default)
        : await addFamily(program, name, entry, second)
    added.helpGroup(`${group}:`)
  }
  return program
}

async function addFamily(
  program: Commander,
  name: string,
  { summary, examples, commands }: Family,
  wanted: string | undefined,
): Promise<Commander> {
  const family = program.command(name).description(summary).usage('<command> [options]')
  family.addHelpText('before', examplesText(examples))
  const only = Object.entries(commands).filter(([inner]) => inner === wanted)
  for (const [inner, load] of only.length > 0 ? only : Object.entries(commands))
    declare(family.command(inner), (await load()).default)
  return family
}
