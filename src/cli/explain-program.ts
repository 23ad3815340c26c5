import type { Command } from 'commander'
import type { ExplainFlags } from './commands/explain.ts'
import { examples } from './examples.ts'
import { listed } from './listed.ts'
import { skipUnreadable } from './skip-unreadable.ts'
import { terminalOf } from './terminal-of.ts'

/** `heddle explain`. */
export function addExplain(program: Command): void {
  program
    .command('explain')
    .description('show why a trained model gives images their classes')
    .argument('<model>', 'a run, "last", an experiment, experiment/model, or a .safetensors file')
    .argument('[images...]', "pictures, or folders of them (default: images of the run's own dataset)")
    .option('--data <data>', 'labelled data instead: a name, a folder, a .csv, an experiment, a run')
    .option(...skipUnreadable)
    .option('--split <name>', 'train or test (default: test)')
    .option('--index <list>', 'these images of the dataset, counted from 0: 0,5', listed)
    .option('--per-class <n>', 'without --index: the first n images of each class (default: 4)')
    .option('--class <name>', 'what speaks for this class (default: the one that the model gives)')
    .option('--layer <name>', 'where Grad-CAM looks (default: the last that learns or joins and has places)')
    .option(
      '--embed <methods>',
      'pca, umap or both: 1,000 test images as the last hidden layer sees them',
      listed,
    )
    .option('--seed <n>', 'of UMAP (default: 1)')
    .option('--out <folder>', 'write pictures and explanations.json there; it must be empty or new')
    .option('--threads <n>', 'of the native engine (HEDDLE_THREADS; default: all cores)')
    .option('--backend <name>', 'auto, native, wasm or reference (HEDDLE_BACKEND; default auto)')
    .option('--data-dir <folder>', "where the dataset's files are (HEDDLE_DATA; default: where they were)")
    .option('--json', 'print JSON, with every map')
    .addHelpText(
      'before',
      examples([
        ['heddle explain last --out why', 'the newest run: a sheet for each class, filters, activation maps'],
        ['heddle explain standard-1.safetensors shoe.png --out why', 'a picture of yours'],
        ['heddle explain last --index 12 --class Sandal --out sandal', 'what would speak for another class'],
        [
          'heddle explain last --index 0 --embed pca,umap --out map',
          'and the test images as the last layer sees them',
        ],
      ]),
    )
    .action(async (model: string, images: readonly string[], flags: ExplainFlags, command: Command) => {
      const { explain } = await import('./commands/explain.ts')
      await explain(model, images, flags, terminalOf(command))
    })
}
