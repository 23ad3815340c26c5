import type { Command } from 'commander'
import type { DataAuditFlags } from './commands/data-audit.ts'
import type { DataAugmentFlags } from './commands/data-augment.ts'
import type { DataGetFlags } from './commands/data-get.ts'
import type { DataShowFlags } from './commands/data-show.ts'
import { examples } from './examples.ts'
import { listed } from './listed.ts'
import { skipUnreadable } from './skip-unreadable.ts'
import { terminalOf } from './terminal-of.ts'

/** The commands around datasets. */
export function addDataCommands(program: Command): void {
  const data = program.command('data').description('get and look at datasets')
  data.addHelpText(
    'before',
    examples([
      ['heddle data get', 'find or download Fashion-MNIST, and verify it'],
      ['heddle data show fashion-mnist-mini', 'the built-in subset, without any network'],
      ['heddle data audit', 'what is odd about the data, before training'],
    ]),
  )
  addDataGet(data)
  addDataShow(data)
  addDataAudit(data)
  addDataAugment(data)
}

function addDataGet(data: Command): void {
  data
    .command('get')
    .description('find or download a dataset, and verify every file')
    .argument('[dataset]', 'its name', 'fashion-mnist')
    .option('--data-dir <folder>', 'look here first (HEDDLE_DATA)')
    .option('--json', 'print JSON')
    .addHelpText(
      'before',
      examples([
        ['heddle data get', 'Fashion-MNIST, from the cache, the system or a mirror'],
        ['heddle data get --data-dir ~/fashion', 'from files that you have'],
      ]),
    )
    .action(async (dataset: string, flags: DataGetFlags, command: Command) => {
      const { dataGet } = await import('./commands/data-get.ts')
      await dataGet(dataset, flags, terminalOf(command))
    })
}

function addDataShow(data: Command): void {
  data
    .command('show')
    .description('show classes, pixels and images of a dataset')
    .argument(
      '[dataset]',
      'a name, a folder of images or IDX files, a .csv, an experiment, or a run',
      'fashion-mnist',
    )
    .option('--split <name>', 'train, test, or validation where the data has such images of its own')
    .option('--index <n>', 'draw this image, counted from 0')
    .option('--count <n>', 'draw so many images')
    .option(...skipUnreadable)
    .option('--data-dir <folder>', 'look here first (HEDDLE_DATA)')
    .option('--json', 'print JSON')
    .addHelpText(
      'before',
      examples([
        ['heddle data show', 'classes, pixels and the first image'],
        ['heddle data show --split test --index 7', 'draw test image 7'],
        ['heddle data show fashion-mnist-mini --count 3', 'draw the first three images'],
      ]),
    )
    .action(async (dataset: string, flags: DataShowFlags, command: Command) => {
      const { dataShow } = await import('./commands/data-show.ts')
      await dataShow(dataset, flags, terminalOf(command))
    })
}

function addDataAugment(data: Command): void {
  data
    .command('augment')
    .description("draw what an experiment's augmentation makes of its images, before training")
    .argument('<experiment>', 'a .ts, .js or .json file, or the name of one in experiments/')
    .option('--out <file>', 'a .png or .svg file, replaced if it exists (default: <name>-augmentation.png)')
    .option('--index <list>', 'these training images, counted from 0: 3,14', listed)
    .option('--count <n>', 'the first n training images (default: 8)')
    .option('--versions <n>', 'how many training steps to show', '8')
    .option('--seed <n>', "of the run: it draws what a run's first steps draw", '1')
    .option('--data-dir <folder>', 'look here first (HEDDLE_DATA)')
    .addHelpText(
      'before',
      examples([
        ['heddle data augment my.ts', 'the first images in the first training steps'],
        ['heddle data augment my.ts --index 3,14 --out grid.svg', 'two of them, with their names'],
      ]),
    )
    .action(async (experiment: string, flags: DataAugmentFlags, command: Command) => {
      const { dataAugment } = await import('./commands/data-augment.ts')
      await dataAugment(experiment, flags, terminalOf(command))
    })
}

function addDataAudit(data: Command): void {
  data
    .command('audit')
    .description('look for what is odd about a dataset: balance, copies, outliers, doubtful labels')
    .argument(
      '[dataset]',
      'a name, a folder of images or IDX files, a .csv, an experiment, or a run',
      'fashion-mnist',
    )
    .option('--below <rms>', 'near-duplicates differ by less, 0 to 255 (default: 10)')
    .option('--no-labels', 'train no networks, and leave the labels unjudged')
    .option('--seed <n>', 'of the networks and samples', '1')
    .option('--image-size <n>', 'stretch the images of a folder to n × n')
    .option('--out <folder>', 'also write pictures and audit.json there; it must be empty or new')
    .option('--threads <n>', 'of the native engine (HEDDLE_THREADS; default: all cores)')
    .option('--backend <name>', 'auto, native, wasm or reference (HEDDLE_BACKEND; default auto)')
    .option('--data-dir <folder>', "where the dataset's files are (HEDDLE_DATA)")
    .option('--json', 'print JSON, with every image that is named')
    .addHelpText(
      'before',
      examples([
        ['heddle data audit', 'all 70,000 images of Fashion-MNIST'],
        ['heddle data audit photos --image-size 64 --out audit', 'a folder with a folder for each class'],
        ['heddle data audit my.ts --no-labels', 'the data of an experiment, in seconds'],
      ]),
    )
    .action(async (dataset: string, flags: DataAuditFlags, command: Command) => {
      const { dataAudit } = await import('./commands/data-audit.ts')
      await dataAudit(dataset, flags, terminalOf(command))
    })
}
