import type { Command } from 'commander'
import type { CompareFlags } from './commands/compare.ts'
import type { EvaluateFlags } from './commands/evaluate.ts'
import type { PredictFlags } from './commands/predict.ts'
import type { ReportFlags } from './commands/report.ts'
import { examples } from './examples.ts'
import { listed } from './listed.ts'
import { skipUnreadable } from './skip-unreadable.ts'
import { terminalOf } from './terminal-of.ts'

/** The commands that ask trained models. */
export function addModelCommands(program: Command): void {
  addPredict(program)
  addEvaluate(program)
  addCompare(program)
  addReport(program)
}

function addPredict(program: Command): void {
  program
    .command('predict')
    .description('ask a trained model what images show')
    .argument('<model>', 'a run, "last", an experiment, experiment/model, or a .safetensors file')
    .argument(
      '[images...]',
      'pictures, or folders of them, prepared as the images of the training; - is standard input',
    )
    .option('--data <data>', 'labelled data instead: a name, a folder, a .csv, an experiment, a run')
    .option('--split <name>', 'train or test (default: test)')
    .option(...skipUnreadable)
    .option('--index <list>', 'these images of the dataset, counted from 0: 0,5', listed)
    .option('--threads <n>', 'of the native engine (HEDDLE_THREADS; default: all cores)')
    .option('--backend <name>', 'auto, native or reference (HEDDLE_BACKEND; default auto)')
    .option('--data-dir <folder>', "where the dataset's files are (HEDDLE_DATA)")
    .option('--json', 'print JSON, with the probabilities of all classes')
    .option('--csv', 'print CSV: file, class, probability')
    .option('--probabilities', 'with --csv: also a column for each class')
    .addHelpText(
      'before',
      examples([
        ['heddle predict standard-1.safetensors shoe.png', 'class and probability'],
        ['heddle predict last photos --csv > answers.csv', 'every picture in a folder and below it'],
        ['heddle predict standard-1.safetensors *.jpg --json', 'of many images, all classes'],
        ['heddle predict standard-1.safetensors --data fashion-mnist --index 0,5', 'of test images'],
      ]),
    )
    .action(async (model: string, images: readonly string[], flags: PredictFlags, command: Command) => {
      const { predict } = await import('./commands/predict.ts')
      await predict(model, images, flags, terminalOf(command))
    })
}

function addEvaluate(program: Command): void {
  program
    .command('evaluate')
    .description('say everything about a trained model on its test images')
    .argument('<model>', 'a run, "last", an experiment, experiment/model, or a .safetensors file with --data')
    .option(
      '--data <data>',
      'other data than that of the run: a name, a folder, a .csv, an experiment, a run',
    )
    .option(...skipUnreadable)
    .option('--top-k <list>', 'how often the class is among the first k: 2,3 (default)', listed)
    .option('--worst <n>', 'how many of the hardest images and most confused pairs (default: 10)')
    .option(
      '--matrix <kind>',
      'counts, row, column or all (default: counts; of more than 30 classes, only if you ask)',
    )
    .option('--no-robustness', 'leave out the spoilt images')
    .option('--threads <n>', 'of the native engine (HEDDLE_THREADS; default: all cores)')
    .option('--backend <name>', 'auto, native or reference (HEDDLE_BACKEND; default auto)')
    .option('--data-dir <folder>', "where the dataset's files are (HEDDLE_DATA; default: where they were)")
    .option('--json', 'print JSON, with curves and all numbers')
    .addHelpText(
      'before',
      examples([
        ['heddle evaluate last', 'the newest run: accuracy, classes, calibration, robustness, mistakes'],
        ['heddle evaluate 3f9a --matrix row', 'the confusion matrix in shares of each label'],
        ['heddle evaluate standard-1.safetensors --data photos', 'a model file, on a folder of images'],
        ['heddle evaluate last --json > evaluation.json', 'all numbers'],
      ]),
    )
    .action(async (model: string, flags: EvaluateFlags, command: Command) => {
      const { evaluate } = await import('./commands/evaluate.ts')
      await evaluate(model, flags, terminalOf(command))
    })
}

function addCompare(program: Command): void {
  program
    .command('compare')
    .description('say whether one trained model is better than another, image by image and seed by seed')
    .argument('<what...>', 'runs, experiments, or experiment/model: seeds of one configuration are one model')
    .option(
      '--gate [what]',
      'exit with code 3 unless all others are "better" than the first (default), or "not-worse"',
    )
    .option('--threads <n>', 'of the native engine (HEDDLE_THREADS; default: all cores)')
    .option('--backend <name>', 'auto, native or reference (HEDDLE_BACKEND; default auto)')
    .option('--json', 'print JSON, with every pair and class')
    .addHelpText(
      'before',
      examples([
        ['heddle compare basic-vs-standard', 'all models of an experiment, all seeds'],
        ['heddle compare 3f9a 81c2', 'two runs'],
        ['heddle compare base/small mine/large --gate', 'in CI: fails unless mine/large is better'],
        ['heddle compare base mine --gate not-worse', 'in CI: fails where it is worse'],
      ]),
    )
    .action(async (wanted: readonly string[], flags: CompareFlags, command: Command) => {
      const { compare } = await import('./commands/compare.ts')
      await compare(wanted, flags, terminalOf(command))
    })
}

function addReport(program: Command): void {
  program
    .command('report')
    .description('write models, their runs and what they are worth as one HTML file that needs nothing else')
    .argument('<what...>', 'runs, experiments, or experiment/model: seeds of one configuration are one model')
    .option('--out <file>', 'the page; replaced if it exists (default: report.html)')
    .option('--pdf <file>', 'also print it, where Chromium or Chrome is installed (CHROMIUM)')
    .option('--title <text>', 'default: what was named')
    .option('--no-audit', 'leave out what is odd about the data (a minute for Fashion-MNIST)')
    .option('--no-robustness', 'leave out the spoilt images')
    .option('--threads <n>', 'of the native engine (HEDDLE_THREADS; default: all cores)')
    .option('--backend <name>', 'auto, native or reference (HEDDLE_BACKEND; default auto)')
    .option('--data-dir <folder>', "where the dataset's files are (HEDDLE_DATA; default: where they were)")
    .option('--json', 'print the names of the files as JSON')
    .addHelpText(
      'before',
      examples([
        ['heddle report basic-vs-standard', 'all models and seeds of an experiment, to report.html'],
        ['heddle report 3f9a 81c2 --out two.html --pdf two.pdf', 'two runs, on paper too'],
      ]),
    )
    .action(async (wanted: readonly string[], flags: ReportFlags, command: Command) => {
      const { report } = await import('./commands/report.ts')
      await report(wanted, flags, terminalOf(command))
    })
}
