import { Command, CommanderError } from 'commander'
import { HeddleError, UsageError } from '../base/errors.ts'
import { inWords, isSystemError } from '../base/system-errors.ts'
import { visible } from '../base/visible.ts'
import type { BenchFlags } from './bench/settings.ts'
import { addBuildEngine } from './build-engine-program.ts'
import { checkDataDir } from './check-output.ts'
import type { DoctorFlags } from './commands/doctor.ts'
import type { SummaryFlags } from './commands/summary.ts'
import { addDataCommands } from './data-program.ts'
import { examples } from './examples.ts'
import { addExplain } from './explain-program.ts'
import { GateNotMet } from './gate.ts'
import { Interruption } from './interrupt.ts'
import { listed } from './listed.ts'
import { addModelCommands } from './models-program.ts'
import { addRunCommands } from './runs-program.ts'
import type { RunFlags } from './settings.ts'
import { skipUnreadable } from './skip-unreadable.ts'
import { addStudio } from './studio-program.ts'
import { indented } from './terminal.ts'
import { terminalOf } from './terminal-of.ts'
import { ownVersion } from './version.ts'

/**
 * Runs the command line and returns its exit code: 0 done, 1 failed, 2 wrong usage or configuration, 3 a gate that the user
 * set was not met, 130 interrupted (143 by SIGTERM, 129 by SIGHUP).
 */
export async function main(argv: readonly string[]): Promise<number> {
  return runProgram(async () => void (await createProgram().parseAsync(argv)))
}

/** Runs a program as `heddle` runs a command: with its words for errors, and its exit codes. */
export async function runProgram(work: () => Promise<void>): Promise<number> {
  // A reader that has seen enough, as in `heddle data show | head`, is no error.
  process.stdout.on('error', error => leave(error))
  process.stderr.on('error', () => {})
  try {
    await work()
    return 0
  } catch (error) {
    return report(error)
  }
}

function leave(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
}

function report(error: unknown): number {
  const say = (text: string): void => void process.stderr.write(`${indented(visible(text))}\n`)
  // Commander has said already what is wrong.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  if (error instanceof Interruption) {
    say('heddle: Interrupted.')
    // A download that nobody waits for any more would keep the process alive.
    process.exit(error.exitCode)
  }
  if (error instanceof GateNotMet) {
    say(`heddle: ${error.message}`)
    return 3
  }
  if (error instanceof UsageError) {
    say(`heddle: ${error.message}`)
    return 2
  }
  // The system's refusals (a full disk, a missing permission) are not our defects either.
  if (error instanceof HeddleError || isSystemError(error)) {
    say(`heddle: ${error instanceof HeddleError ? error.message : inWords(error)}`)
    return 1
  }
  say(error instanceof Error ? String(error.stack) : `Thrown: ${String(error)}`)
  say(
    'heddle: This is a defect of Heddle. Please report it with the lines above and the command that you ran.',
  )
  return 1
}

/** The whole command line, as commander knows it. */
export function createProgram(): Command {
  const program = new Command('heddle')
    .description('Define, train, compare and understand image classifiers.')
    .version(ownVersion(), '-v, --version')
    .option('--no-color', 'plain text (as NO_COLOR=1 and TERM=dumb do)')
    .hook('preAction', (_, action) => checkDataDir(action.opts<{ dataDir?: string }>().dataDir))
    .exitOverride()
    .showHelpAfterError('Add --help for examples and all options.')
    .configureOutput({
      outputError: (text, write) => write(visible(text.replace(/^error: /, 'heddle: '))),
    })
    .configureHelp({ showGlobalOptions: true })
    .addHelpText(
      'before',
      examples([
        ['heddle run basic-vs-standard', 'train the models of experiments/basic-vs-standard.ts'],
        ['heddle run my.ts --model a --epochs 2', 'one of its models, two epochs'],
        ['heddle run photos', 'a network for your own photos: a folder for each class'],
        ['heddle run my.ts --seeds 3 --json', 'three seeds each, the results as JSON'],
        ['heddle predict models/a-1.safetensors shoe.png', 'what a trained model makes of an image'],
        ['heddle evaluate last', 'everything about the newest run on its test images'],
        ['heddle compare basic-vs-standard', 'which of its models is better, and how sure that is'],
        ['heddle explain last --out why', 'why it gives images their classes'],
        ['heddle report basic-vs-standard', 'all of it as one HTML file'],
        ['heddle runs ls', 'what was trained before, and how it ended'],
        ['heddle studio', 'train, watch and compare in the browser'],
        ['heddle summary basic-vs-standard', 'layers, shapes and costs, without training'],
        ['heddle doctor my.ts', 'what is wrong with it, before training'],
        ['heddle bench', 'how fast this machine trains, beside the peers that are installed'],
        ['heddle data show', 'what is in Fashion-MNIST, and its first image'],
        ['heddle data audit', 'its duplicates, outliers and doubtful labels'],
      ]),
    )
  addRun(program)
  addRunCommands(program)
  addModelCommands(program)
  addStudio(program)
  addExplain(program)
  addSummary(program)
  addDoctor(program)
  addBench(program)
  addBuildEngine(program)
  addDataCommands(program)
  return program
}

// Each command's code is loaded when the command runs: `heddle --version` needs none of it.

function addRun(program: Command): void {
  program
    .command('run')
    .description(
      "train an experiment's models, or a network for a folder of photos; test them and print a table",
    )
    .argument(
      '<experiment>',
      'a .ts, .js or .json file, the name of one in experiments/, or a folder with a folder of images for each class',
    )
    .option('-m, --model <names>', 'only these models: a,b', listed)
    .option('--seed <n>', 'one run with this seed (HEDDLE_SEED; default 1)')
    .option('--seeds <n>', 'runs with the seeds 1 to n')
    .option('--epochs <n>', 'instead of what the experiment says (HEDDLE_EPOCHS)')
    .option('--batch-size <n>', 'instead of what the experiment says')
    .option('--threads <n>', 'of the native engine (HEDDLE_THREADS; default: all cores)')
    .option('--backend <name>', 'auto, native, wasm or reference (HEDDLE_BACKEND; default auto)')
    .option('--data-dir <folder>', "where the dataset's files are (HEDDLE_DATA)")
    .option('--no-record', 'keep nothing of the runs in the run store (HEDDLE_STORE; default: .heddle)')
    .option('--resume', 'go on with what this command has begun: finished runs are not trained again')
    .option(
      '--checkpoint-steps <n>',
      'a checkpoint after so many steps, too (default: each epoch, each minute)',
    )
    .option('--tensorboard <folder>', 'also write events for TensorBoard, while training')
    .option('--save <folder>', 'keep the trained models there: <model>-<seed>.safetensors')
    .option(
      '--image-size <n>',
      'stretch the images of a folder to n × n (default: 64, or less for small ones)',
    )
    .option(...skipUnreadable)
    .option('--json', 'print one JSON object instead of the table')
    .option('--print-json', 'train nothing; print the experiment, with these options, as JSON that run reads')
    .addHelpText(
      'before',
      examples([
        ['heddle run basic-vs-standard', 'all models of experiments/basic-vs-standard.ts'],
        ['heddle run my.ts --model small,large', 'two of its models'],
        ['heddle run photos', 'your own: photos/cat/*.jpg, photos/dog/*.jpg, …'],
        ['heddle run my.ts --seeds 5', 'five seeds each: mean ± standard deviation'],
        ['heddle run my.json --epochs 1 --threads 2', 'from JSON, which is read and never executed'],
        ['heddle run photos --print-json > my.json', 'what it would train, to look at or to change'],
        ['heddle run my.ts --seeds 5 --resume', 'after Ctrl-C: only what is missing'],
        ['heddle run my.ts --json > result.json', 'the results as JSON'],
      ]),
    )
    .action(async (experiment: string, flags: RunFlags, command: Command) => {
      const { run } = await import('./commands/run.ts')
      await run(experiment, flags, terminalOf(command))
    })
}

function addSummary(program: Command): void {
  program
    .command('summary')
    .description("show the layers of an experiment's models: shapes, parameters, costs")
    .argument('<experiment>', 'a .ts, .js or .json file, or the name of one in experiments/')
    .option('-m, --model <names>', 'only these models: a,b', listed)
    .option('--json', 'print JSON instead of tables')
    .addHelpText(
      'before',
      examples([
        ['heddle summary basic-vs-standard', 'all models'],
        ['heddle summary my.ts --model small --json', 'one of them, as JSON'],
      ]),
    )
    .action(async (experiment: string, flags: SummaryFlags, command: Command) => {
      const { summary } = await import('./commands/summary.ts')
      await summary(experiment, flags, terminalOf(command))
    })
}

function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description("look for what is wrong with an experiment's models, training and data, before training")
    .argument('<experiment>', 'a .ts, .js or .json file, or the name of one in experiments/')
    .option('-m, --model <names>', 'only these models: a,b', listed)
    .option('--data-dir <folder>', "where the dataset's files are (HEDDLE_DATA)")
    .option(
      '--train [steps]',
      'also train so many steps (default: 100) and look at units, gradients and loss',
    )
    .option(...skipUnreadable)
    .option('--gate', 'exit with code 3 where there are errors, for CI')
    .option('--json', 'print JSON')
    .addHelpText(
      'before',
      examples([
        ['heddle doctor activation-heads', 'what report 001 did not know'],
        ['heddle doctor activation-heads --train', 'and what its first 100 steps show'],
        ['heddle doctor my.ts --gate', 'in CI: fails on errors, not on warnings'],
      ]),
    )
    .action(async (experiment: string, flags: DoctorFlags, command: Command) => {
      const { doctor } = await import('./commands/doctor.ts')
      await doctor(experiment, flags, terminalOf(command))
    })
}

function addBench(program: Command): void {
  program
    .command('bench')
    .description('measure a training step and inference, beside every peer that is installed')
    .option('-m, --model <names>', 'experiments, experiment/model, or reports (default: 002)')
    .option('--what <kinds>', 'step, inference, process (default: step)')
    .option('--batch <sizes>', 'of a step: numbers, or report for what the experiment has (default: 64)')
    .option('--threads <counts>', 'numbers, or all (default: all)')
    .option('--backend <name>', 'native, or wasm with --threads 1 (default: native)')
    .option(
      '--peers <names>',
      'keras, pytorch, jax, onnxruntime, tensorflowjs, jax-js; none; found (default: found)',
    )
    .option('--rounds <n>', 'in which all programs take turns (default: 7)')
    .option('--seconds <s>', 'of one program in one round (default: 0.3)')
    .option('--record <folder>', 'write step.json and inference.json there, or add to them')
    .option('--resume', 'leave out what the folder has of this commit')
    .option('--json', 'print JSON instead of tables')
    .addHelpText(
      'before',
      examples([
        ['heddle bench', "report 002's networks, batch 64, beside the peers that are here"],
        ['heddle bench --model 002/standard --threads 1,all', 'one of them, and what the threads bring'],
        ['heddle bench --what inference --peers none', 'this engine alone: latency and throughput'],
        ['heddle bench --model my.ts --batch report --json', 'your models at the batch size they train with'],
      ]),
    )
    .action(async (flags: BenchFlags, command: Command) => {
      const { bench } = await import('./commands/bench.ts')
      await bench(flags, terminalOf(command))
    })
}
