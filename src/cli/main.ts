import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { HeddleError, UsageError } from '../spec/errors.ts'
import { Interrupted } from './interrupt.ts'

/** Exit codes: what scripts can rely on. */
export const exitCodes = { done: 0, failed: 1, usage: 2, gate: 3, interrupted: 130 } as const

const version = (): string =>
  (JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string })
    .version

/** Runs the command line and sets the exit code; never throws. */
export async function main(args: readonly string[]): Promise<void> {
  // A reader that has seen enough, as in `heddle data show | head`, is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    process.exit(exitCodes.done)
  })
  try {
    await createProgram().parseAsync(args, { from: 'user' })
  } catch (error) {
    process.exitCode = report(error)
  }
}

function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage
  if (error instanceof Interrupted) return exitCodes.interrupted
  if (error instanceof HeddleError) {
    process.stderr.write(`heddle: ${error.message}\n`)
    return error instanceof UsageError ? exitCodes.usage : exitCodes.failed
  }
  process.stderr.write(
    `heddle: this is a defect of Heddle, please report it:\n${(error as Error)?.stack ?? error}\n`,
  )
  return exitCodes.failed
}

function createProgram(): Command {
  const program = new Command('heddle')
    .description('Define, train, compare, understand and ship image classifiers.')
    .version(version())
    .showSuggestionAfterError()
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
  examplesFirst(program, [
    'heddle run basic-vs-standard                 train two networks on Fashion-MNIST and compare them',
    'heddle run basic-vs-standard --seeds 3       the same with three seeds: mean and deviation',
    'heddle summary basic-vs-standard             layers, shapes, parameters and cost of its networks',
    'heddle data show --index 7                   the classes of Fashion-MNIST, and one of its images',
  ])

  const run = command(program, 'run', 'train the models of an experiment and test them', [
    'heddle run experiments/basic-vs-standard.ts',
    'heddle run basic-vs-standard --model basic --epochs 2 --threads 1',
    'heddle run my-experiment.json --seeds 3 --json > result.json',
  ])
  run
    .argument('<experiment>', 'a .ts, .js or .json file, or its name in ./experiments')
    .option('--model <names>', 'only these models, separated by commas')
    .option('--seed <n>', 'the seed of the only run (HEDDLE_SEED; default 1)')
    .option('--seeds <n>', 'train each model with the seeds 1 to n')
    .option('--epochs <n>', 'instead of those of the experiment (HEDDLE_EPOCHS)')
    .option('--threads <n>', 'of the engine (HEDDLE_THREADS; default: the cores this process may use)')
    .option('--backend <name>', 'auto, native or reference (HEDDLE_BACKEND; default auto)')
    .option('--data-dir <folder>', 'where the dataset lies (HEDDLE_DATA)')
    .option('--json', 'print one JSON object instead of a table')
    .action(async (experiment, flags) => (await import('./commands/run.ts')).run(experiment, flags))

  const summary = command(program, 'summary', 'show the layers of the models of an experiment', [
    'heddle summary basic-vs-standard',
    'heddle summary basic-vs-standard --model standard --json',
  ])
  summary
    .argument('<experiment>', 'a .ts, .js or .json file, or its name in ./experiments')
    .option('--model <names>', 'only these models, separated by commas')
    .option('--data-dir <folder>', 'where the dataset lies (HEDDLE_DATA)')
    .option('--json', 'print one JSON array instead of tables')
    .action(async (experiment, flags) => (await import('./commands/summary.ts')).summary(experiment, flags))

  const data = command(program, 'data', 'get and look at datasets', [
    'heddle data get',
    'heddle data show --index 7',
  ])
  const get = command(data, 'get', 'find or download Fashion-MNIST and check it', [
    'heddle data get',
    'heddle data get --data-dir /srv/datasets --json',
  ])
  get
    .option('--data-dir <folder>', 'look here first (HEDDLE_DATA)')
    .option('--json', 'print one JSON object')
    .action(async flags => (await import('./commands/data-get.ts')).dataGet(flags))
  const show = command(data, 'show', 'show classes, statistics and images of a dataset', [
    'heddle data show',
    'heddle data show fashion-mnist-mini --split test --index 3 --count 2',
    'heddle data show basic-vs-standard --json',
  ])
  show
    .argument('[dataset]', 'fashion-mnist, fashion-mnist-mini, or an experiment', 'fashion-mnist')
    .option('--split <name>', 'train or test', 'train')
    .option('--index <n>', 'the first image to show', '0')
    .option('--count <n>', 'how many images to show', '1')
    .option('--data-dir <folder>', 'look here first (HEDDLE_DATA)')
    .option('--json', 'print one JSON object, without images')
    .action(async (dataset, flags) => (await import('./commands/data-show.ts')).dataShow(dataset, flags))
  return program
}

function command(parent: Command, name: string, description: string, examples: readonly string[]): Command {
  const child = parent.command(name).description(description)
  examplesFirst(child, examples)
  return child
}

function examplesFirst(command: Command, examples: readonly string[]): void {
  command.addHelpText('before', `Examples:\n${examples.map(example => `  ${example}`).join('\n')}\n`)
}
