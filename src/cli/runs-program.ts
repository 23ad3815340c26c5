import type { Command } from 'commander'
import type { RepeatFlags } from './commands/repeat.ts'
import type { ResumeFlags } from './commands/resume.ts'
import type { ListFlags } from './commands/runs.ts'
import type { ExportFlags } from './commands/runs-edit.ts'
import type { JsonFlag } from './commands/runs-show.ts'
import { examples } from './examples.ts'
import { terminalOf } from './terminal-of.ts'

const aRun = 'the first digits of its id, or last'

/** The commands around the run store. */
export function addRunCommands(program: Command): void {
  addResume(program)
  addRepeat(program)
  const runs = program.command('runs').description('list, show, compare and move what was trained')
  runs.addHelpText(
    'before',
    examples([
      ['heddle runs ls', 'all runs, the newest first'],
      ['heddle runs show last', 'everything that is known of the newest'],
      ['heddle runs diff 3f9a 81c2', 'what differs between two'],
    ]),
  )
  addList(runs)
  addShow(runs)
  addEdits(runs)
  addArchive(runs)
}

function addResume(program: Command): void {
  program
    .command('resume')
    .description('train an interrupted run to its end, as if it had never stopped')
    .argument('<run>', `${aRun}; an experiment or experiment/model: all of its runs that were interrupted`)
    .option('--checkpoint-steps <n>', 'a checkpoint after so many steps, too')
    .option('--threads <n>', 'of the native engine (HEDDLE_THREADS; default: all cores)')
    .option('--backend <name>', 'auto, native or reference (HEDDLE_BACKEND; default auto)')
    .option('--data-dir <folder>', "where the dataset's files are (HEDDLE_DATA; default: where they were)")
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'before',
      examples([
        ['heddle resume last', 'what Ctrl-C, a crash or a power failure stopped'],
        ['heddle resume 3f9a', 'another one, by the first digits of its id'],
        ['heddle resume my', 'all interrupted runs of an experiment'],
      ]),
    )
    .action(async (run: string, flags: ResumeFlags, command: Command) => {
      const { resume } = await import('./commands/resume.ts')
      await resume(run, flags, terminalOf(command))
    })
}

function addRepeat(program: Command): void {
  program
    .command('repeat')
    .description('train a finished run again, and say whether its weights are the same to the bit')
    .argument('<run>', aRun)
    .option('--threads <n>', 'of the native engine (HEDDLE_THREADS; default: all cores)')
    .option('--backend <name>', 'auto, native or reference (HEDDLE_BACKEND; default auto)')
    .option('--data-dir <folder>', "where the dataset's files are (HEDDLE_DATA; default: where they were)")
    .option('--json', 'print JSON, with everything that differs')
    .addHelpText('before', examples([['heddle repeat last', 'exit code 0: identical']]))
    .action(async (run: string, flags: RepeatFlags, command: Command) => {
      const { repeat } = await import('./commands/repeat.ts')
      await repeat(run, flags, terminalOf(command))
    })
}

function addList(runs: Command): void {
  runs
    .command('ls')
    .description('the runs of the store (HEDDLE_STORE; default: .heddle), the newest first')
    .option('--experiment <name>', 'only of this experiment')
    .option('--model <name>', 'only of this model')
    .option('--seed <n>', 'only with this seed')
    .option('--status <name>', 'only these: running, finished, interrupted, failed')
    .option('--tag <name>', 'only with this tag')
    .option('--bin', 'those in the bin instead')
    .option('--sort <column>', 'such as testAccuracy, seconds, createdAt')
    .option('--reverse', 'the largest first')
    .option('--limit <n>', 'no more than so many')
    .option('--group <column>', 'mean ± deviation by experiment, model, seed or configuration')
    .option('--json', 'print JSON, with every column; times are milliseconds since 1970 (UTC)')
    .option('--csv', 'print CSV, with every column; times as in JSON')
    .addHelpText(
      'before',
      examples([
        ['heddle runs ls', 'all runs'],
        ['heddle runs ls --sort testAccuracy --reverse --limit 5', 'the five best'],
        ['heddle runs ls --group configuration', 'mean ± deviation over the seeds'],
      ]),
    )
    .action(async (flags: ListFlags, command: Command) => {
      const { list } = await import('./commands/runs.ts')
      await list(flags, terminalOf(command))
    })
}

function addShow(runs: Command): void {
  runs
    .command('show')
    .description('everything that is known of a run')
    .argument('<run>', aRun)
    .option('--json', 'print JSON, with every step and epoch')
    .addHelpText('before', examples([['heddle runs show last', 'options and their origin, epochs, files']]))
    .action(async (run: string, flags: JsonFlag, command: Command) => {
      const { show } = await import('./commands/runs-show.ts')
      await show(run, flags, terminalOf(command))
    })
  runs
    .command('diff')
    .description('what differs between two runs: model, options, data, code, machine, results')
    .argument('<a>', aRun)
    .argument('<b>', aRun)
    .option('--json', 'print JSON')
    .addHelpText('before', examples([['heddle runs diff 3f9a last', 'side by side']]))
    .action(async (a: string, b: string, flags: JsonFlag, command: Command) => {
      const { diff } = await import('./commands/runs-show.ts')
      await diff(a, b, flags, terminalOf(command))
    })
}

function addEdits(runs: Command): void {
  runs
    .command('tag')
    .description('give a run tags, to find it by')
    .argument('<run>', aRun)
    .argument('<tags...>', 'letters, digits and . _ : / -')
    .option('--remove', 'take them away')
    .addHelpText(
      'before',
      examples([['heddle runs tag last baseline', 'then: heddle runs ls --tag baseline']]),
    )
    .action(async (run: string, tags: readonly string[], flags: { remove?: boolean }, command: Command) => {
      const { tag } = await import('./commands/runs-edit.ts')
      await tag(run, tags, flags, terminalOf(command))
    })
  runs
    .command('note')
    .description('write a sentence on a run')
    .argument('<run>', aRun)
    .argument('<text>', 'in quotes; an empty one takes it away')
    .addHelpText('before', examples([['heddle runs note last "dropout helps"', 'heddle runs show has it']]))
    .action(async (run: string, text: string) => {
      const { note } = await import('./commands/runs-edit.ts')
      await note(run, text)
    })
  runs
    .command('rm')
    .alias('delete')
    .description('put runs into the bin')
    .argument('<runs...>', aRun)
    .option('--restore', 'take them out of it')
    .addHelpText('before', examples([['heddle runs rm 3f9a', 'until: heddle runs gc']]))
    .action(async (wanted: readonly string[], flags: { restore?: boolean }, command: Command) => {
      const { remove } = await import('./commands/runs-edit.ts')
      await remove(wanted, flags, terminalOf(command))
    })
  runs
    .command('gc')
    .description('remove for good what is in the bin, and files that no run names')
    .addHelpText('before', examples([['heddle runs gc', 'says how much room that made']]))
    .action(async (_flags: object, command: Command) => {
      const { gc } = await import('./commands/runs-edit.ts')
      await gc(terminalOf(command))
    })
}

function addArchive(runs: Command): void {
  runs
    .command('export')
    .description('write runs with all their files to one archive (tar), or as events for TensorBoard')
    .argument('<runs...>', aRun)
    .option('--out <file>', 'the archive; replaced if it exists')
    .option('--tensorboard <folder>', 'events instead: a folder for each run')
    .option('--data-dir <folder>', "where the dataset's files are (HEDDLE_DATA; default: where they were)")
    .addHelpText(
      'before',
      examples([
        ['heddle runs export 3f9a last --out runs.tar', 'two runs'],
        ['heddle runs export last --tensorboard logs', 'then: tensorboard --logdir logs'],
      ]),
    )
    .action(async (wanted: readonly string[], flags: ExportFlags, command: Command) => {
      const { exportTo } = await import('./commands/runs-edit.ts')
      await exportTo(wanted, flags, terminalOf(command))
    })
  runs
    .command('import')
    .description('add the runs of an archive to the store; those that are there stay as they are')
    .argument('<file>', 'as heddle runs export writes it')
    .addHelpText('before', examples([['heddle runs import runs.tar', 'every file is checked first']]))
    .action(async (path: string, _flags: object, command: Command) => {
      const { importFrom } = await import('./commands/runs-edit.ts')
      await importFrom(path, terminalOf(command))
    })
}
