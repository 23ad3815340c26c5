/**
 * Writes docs/measured.md, every table of it, the table of README.md, and the recipe's accuracies in README.md and docs/guide/recipes.md
 * from the files in bench/results.
 *
 *     npx jiti bench/measured.ts              # --check: fails if they are not what the files give
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { comparisonTable, properName, type Standings, time } from './measured/comparisons.ts'
import { cost, type Described, machineText, origin, ratio, seconds, table } from './measured/parts.ts'
import { type Recipe, recipeAccuracies, recipeOrigin, recipeReached, recipeTable } from './measured/recipe.ts'
import { type ReportFile, reproductionTables } from './measured/reproduction.ts'
import { type RecommendedSearch, recommendedTable, type Searches, searchTables } from './measured/search.ts'
import { type Serving, servingSentence, servingTable } from './measured/serving.ts'
import { type Trained, trainedTable } from './measured/trained.ts'
import { type Transfer, type TransferSpeed, transferSpeedTable, transferTable } from './measured/transfer.ts'

const page = new URL('../docs/measured.md', import.meta.url)
const readme = new URL('../README.md', import.meta.url)
const guide = new URL('../docs/guide/recipes.md', import.meta.url)

function read<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`results/${name}`, import.meta.url), 'utf8'))
}

interface Process {
  readonly what: string
  readonly program: string
  readonly seconds: number
}
interface Augmentation {
  readonly augmentation: string
  readonly threads: number
  readonly n: number
  readonly ratio: number
  readonly quartiles: readonly [number, number]
}
interface Cost {
  readonly images: number
  readonly batchSize: number
  readonly microsecondsAnImage: number
  readonly timerDelayP99Ms: number
  readonly peakMegabytes: number
}
interface Interactions {
  readonly loadMs: number
  readonly interactions: Readonly<Record<string, { readonly eventMs: number }>>
}
interface Layers {
  readonly model: string
  readonly stepMs: number
  readonly rounds: number
  readonly peakGflops: number
  readonly layers: readonly { readonly layer: string; readonly forwardMs: number }[]
}

/** The text of docs/measured.md. */
export function measuredPage(): string {
  const reports = ['000', '001', '002', '003', '004'] as const
  return `${[
    `# Measured

Every table of this page is made from the files in \`bench/results\` by \`npx jiti bench/measured.ts\`; do not edit it by hand. Each
section names its file, the date, the machine, the build (commit) and the command that measures it again. "Not recorded" means that
the result file does not contain it. The virtual machines did other work at the same time, so times are rather too long than too short;
runs with two threads suffer most. The Intel Xeon of the tables is a Sapphire Rapids with AVX-512 and two virtual cores, with gcc 12.2.

*n* is the number of runs or rounds; "±" is the standard deviation over the seeds. See also the [glossary](glossary.md).`,
    section(
      'Two networks of report 002',
      trainedSection('basic-vs-standard.json', 'heddle run basic-vs-standard --seeds 3 --json'),
    ),
    section(
      'The network of report 004 and two follow-ups',
      `Report 004 printed no result. Ten epochs on 48,000 images, with early stopping on the other 12,000.${earlierDropout()}\n\n${trainedSection('three-conv.json', 'heddle run three-conv --seeds 3 --json')}`,
    ),
    section(
      'The models of the five reports',
      reproductionTables(reports.map(id => [id, read<ReportFile>(`reproduction/${id}.json`)])),
    ),
    section(
      'One training step beside Keras and PyTorch',
      `Forward, loss, backward and update of every model of the reports. All programs take turns, each in its fastest
way; times are medians of the rounds. *Gain* is the time with one thread over the time with two. *Of the peak* is the share of the arithmetic speed of two
threads in the same rounds that the step reaches; operations are counted as if no value were zero, so it can exceed 100 %. The columns of the others are their time
over Heddle's time in the same round: 3.0 means that Heddle is three times as fast.\n\n${comparisons('step.json', 'heddle bench --model reports --threads 1,all --peers keras,pytorch --record bench/results')}

The goal was five times the faster of the two. It is not reached on this machine, where the others use AVX-512 at up to half of the
peak. [The log](log.md) says where a step's time goes.`,
    ),
    section(
      'The same with AVX2 only',
      `All programs limited to AVX2: the picture is much the same.\n\n${comparisons('avx2/step.json', 'HEDDLE_ISA=avx2 heddle bench --threads 1,all --record bench/results/avx2')}`,
    ),
    section(
      'Inference beside ONNX Runtime and PyTorch',
      `One call with one image, and one with 256. *99 %* is the time that 99 of 100 calls stay below, with one thread.\n\n${comparisons('inference.json', 'heddle bench --model reports --what inference --threads 1,all --peers onnxruntime,pytorch --record bench/results')}`,
    ),
    section('Fashion-MNIST against the clock', recipe()),
    section(
      'A zoo of other networks',
      `Public networks that the reports do not use ([bench/zoo.ts](../bench/zoo.ts)): first a training step, then one call with one image, and one with 256.
Both threads. The machine is an AMD EPYC, not the Xeon of the reports' tables; little else ran, all of it of lower priority.\n\n${zoo('step')}\n\n${zoo('inference')}`,
    ),
    section(
      'Beside other libraries for JavaScript',
      `One thread each.\n\n${comparisons('javascript/step.json', 'heddle bench --threads 1 --peers tensorflowjs,jax-js --record bench/results/javascript')}\n\n${comparisons('javascript/inference.json', 'heddle bench --what inference --threads 1 --peers tensorflowjs,jax-js --record bench/results/javascript')}`,
    ),
    section('One model behind four servers', serving()),
    section('Whole processes', processes()),
    section('What training costs besides time', limits()),
    section('What augmentation costs', augmentation()),
    section('The studio in the browser', studio()),
    section('Layer by layer', layers()),
    section('Few pictures, and a network of others', transfer()),
    section('The search that report 004 recommends', recommended()),
    section('Searches beside Optuna', searches()),
  ].join('\n\n')}\n`
}

const section = (title: string, text: string): string => `## ${title}\n\n${text}`

/** Dropout has had another random stream since files began to name their build. */
function earlierDropout(): string {
  const isOld = read<Described>('three-conv.json').commit === undefined
  return isOld
    ? ' The file is of an earlier build: dropout has another random stream since, so the same seed gives another network of the same kind.'
    : ''
}

function trainedSection(file: string, command: string): string {
  const result = read<Trained>(file)
  return `${origin(file, result, command)}\n\n${trainedTable(result)}`
}

function comparisons(file: string, command: string): string {
  const result = read<Standings>(file)
  const all = (values: readonly (string | undefined)[]): string | undefined =>
    [...new Set(values.filter(Boolean))].join(', ') || undefined
  const date = all(result.comparisons.map(one => one.date))
  const commit = all(result.comparisons.map(one => one.commit))
  return `${origin(file, { ...result, date, commit }, command)}\n\n${comparisonTable(result)}`
}

function zoo(what: 'step' | 'inference'): string {
  const peers = { step: 'pytorch,keras', inference: 'onnxruntime' }
  const command = `heddle bench --model bench/zoo.ts --what ${what} --rounds 3 --peers ${peers[what]} --record bench/results/zoo`
  const { comparisons: all } = read<Standings>(`zoo/${what}.json`)
  // The fastest of several programs counts.
  const ratios = all.map(({ standings }) => Math.min(...standings.slice(1).map(one => one.ratio)))
  const mean = Math.exp(ratios.reduce((sum, one) => sum + Math.log(one), 0) / ratios.length)
  const range = `${ratio(Math.min(...ratios))} to ${ratio(Math.max(...ratios))}`
  return `${comparisons(`zoo/${what}.json`, command)}\n\nThe other program's time over Heddle's: geometric mean ${ratio(mean)}, ${range}.`
}

function processes(): string {
  const result = read<Described & { n: Record<string, number>; processes: readonly Process[] }>(
    'process.json',
  )
  const rows = result.processes.map(({ what, program, seconds: s }) => [
    what,
    program,
    seconds(s),
    `${result.n[what] ?? result.n.others ?? 'not recorded'}`,
  ])
  return `From the start of the process to its end. A training validates after each epoch, and tests at the end.

${origin('process.json', result, 'heddle bench --what process --peers keras --record bench/results')}

${table(['what', 'program', 'seconds', 'n'], rows)}`
}

function serving(): string {
  const result = read<Serving>('serve.json')
  return `Report 002's standard network behind \`heddle serve\` and behind FastAPI, BentoML and LitServe, which run its export with ONNX Runtime in two processes. ${result.connections} connections
of one wrk process on the same machine send test images as PNG files, each after the answer to the one before (a closed loop). The servers take turns of ${result.seconds} s; the numbers are medians
of the rounds. The load of the machine before the first round was ${result.load.toFixed(0)} on ${result.machine?.cores} cores.
[The log](log.md) has runs beside other programs, of older builds. ${servingSentence(result)}

${origin('serve.json', result, 'npx jiti bench/serve/run.ts --bin peers/bin')}

${servingTable(result)}`
}

function limits(): string {
  const result = read<Described & { costs: readonly Cost[] }>('limits.json')
  const rows = result.costs.map(one => [
    `${one.images}`,
    `${one.batchSize}`,
    one.microsecondsAnImage.toFixed(1),
    one.timerDelayP99Ms.toFixed(1),
    one.peakMegabytes.toFixed(0),
  ])
  return `Report 002's standard network. Every row is a process of its own (n = 1). The timer column is the delay that 99 of 100 timers of the process stay below.

${origin('limits.json', result, 'npx jiti bench/limits.ts')}

${table(['images', 'batch size', 'µs an image', 'timer delay, ms', 'memory, MB'], rows)}`
}

function augmentation(): string {
  const result = read<Described & { results: readonly Augmentation[] }>('augmentation.json')
  const rows = result.results.map(one => [
    one.augmentation,
    `${one.threads}`,
    ratio(one.ratio),
    one.quartiles.map(ratio).join(' to '),
    `${one.n}`,
  ])
  return `The training step of report 002's standard network, batch 64, with augmentation over the same step without.

${origin('augmentation.json', result, 'npx jiti bench/augmentation.ts')}

${table(['augmentation', 'threads', 'times as long (median)', 'quartiles', 'n'], rows)}`
}

function studio(): string {
  const result = read<Described & { appBytesCompressed: number; [situation: string]: unknown }>('studio.json')
  const situations = Object.entries(result).filter(([name]) => name.startsWith('runs: '))
  const rows = situations.map(([name, value]) => {
    const { loadMs, interactions } = value as Interactions
    const slowest = Math.max(...Object.values(interactions).map(({ eventMs }) => eventMs))
    return [name.replace('runs: ', '').replace('live: ', 'training at once: '), cost(loadMs), cost(slowest)]
  })
  return `Until the table of runs is there, and the slowest of the interactions (type, sort, group, choose, open, …), from input to the next picture, in Chromium. n = 1.
The app is ${(result.appBytesCompressed / 1000).toFixed(0)} kB, compressed.

${origin('studio.json', result, 'npx jiti bench/studio.ts')}

${table(['runs in the store', 'page there, ms', 'slowest interaction, ms'], rows)}`
}

function layers(): string {
  const result = read<Described & { batch: number; results: readonly Layers[] }>('layers.json')
  const rows = result.results.map(one => [
    one.model,
    one.stepMs.toFixed(2),
    `${one.layers.length}`,
    one.peakGflops.toFixed(0),
    `${one.rounds}`,
  ])
  return `The file has the time of each layer, forward, backward and update; these are the steps that it explains. One thread, batch ${result.batch}.

${origin('layers.json', result, 'npx jiti bench/layers.ts')}

${table(['model', 'step, ms', 'layers', 'peak, GFLOP/s', 'n'], rows)}`
}

function recipe(): string {
  const result = read<Recipe>('recipe.json')
  return `[recipes/fashion-mnist-94.ts](../recipes/fashion-mnist-94.ts): all 60,000 training images, no choice by test images, two cores. The seconds are those of the clock from the loaded
images to the accuracy: the training and the test in all views. They are of trainings that used at least 85 % of two cores; the processor's are of all seeds, also beside other programs. *Load before*
is the number of processes that wanted to run in the minute before a training. ${recipeReached(result)}

${origin('recipe.json', recipeOrigin(result), 'npx jiti recipes/fashion-mnist-94.ts')}

${recipeTable(result)}`
}

function transfer(): string {
  const result = read<Transfer>('transfer.json')
  const speed = read<TransferSpeed>('transfer-speed.json')
  const { points, interval95 } = result.transferIsBetterBy
  return `A new head behind a frozen EfficientNet-Lite0 (*transfer*), and two networks from scratch: the one of \`heddle train\`, and one with batch normalisation. Eight classes of Debian's
tuxpaint-stamps-default, ${result.images.count} pictures. Each seed divides them into ${result.images.parts} parts, and trains ${result.images.parts} times, so that every picture is tested once. The head is better than *${result.bestFromScratch}* by
${points.toFixed(1)} points (95 % interval of the seeds ${interval95.map(value => value.toFixed(1)).join(' to ')}).

${origin('transfer.json', result, 'npx jiti bench/transfer.ts --backbone efficientnet-lite0.safetensors')}

${transferTable(result)}

From ${speed.count} JPEG files to a trained and tested head, ${speed.epochs} epochs: decode, outputs of the frozen layers, head. Another seed finds both in the cache. PyTorch runs the frozen layers in every epoch, as its
tutorial on transfer learning does (n = 1).

${origin('transfer-speed.json', speed, 'npx jiti bench/transfer-speed.ts --python .peers/venv/bin/python')}

${transferSpeedTable(speed)}`
}

function searches(): string {
  const result = read<Searches>('search.json')
  return `Tasks whose best loss is known: all trainings of NAS-Bench-201, HPOBench and HPOLib as tables, and continuous functions. *Regret* is the best
loss found less the best there is: the share of wrong answers in NAS-Bench-201 and HPOBench, the validation loss in HPOLib. The cells have the medians over
${result.seeds} seeds of Heddle's \`tpe\`, of Optuna 5.0.0 with its defaults and of random points; of continuous functions in brackets that of \`gaussianProcess\`, which is
for up to 100 trials (10 seeds). *Significantly* means p < 0.05 in a one-sided Mann-Whitney test after Holm's correction over all tasks and budgets.

${origin('search.json', result, 'npx jiti bench/search/run.ts --python .peers/search/bin/python')}

${searchTables(result)}`
}

function recommended(): string {
  const result = read<RecommendedSearch>('report-004-search.json')
  const { trials, budget } = result
  const count = trials.filter(({ origin }) => origin !== 'repeat').length
  return `[experiments/report-004-search.ts](../experiments/report-004-search.ts): ${count} trials and ${trials.length - count} repeats in 20 minutes with two workers, ${budget.spentEpochs} epochs. The
choice is by validation images; the test images were opened once, after it. The best trial and the starting point were trained with further seeds.

${origin('report-004-search.json', result, 'npx jiti bench/search/report-004.ts')}

${recommendedTable(result)}`
}

/** docs/guide/recipes.md with the accuracies of now. */
export function measuredGuide(): string {
  return withMarked(readFileSync(guide, 'utf8'), 'recipe', recipeAccuracies(read<Recipe>('recipe.json')))
}

/** The README with its table and the recipe's accuracy made anew. */
export function measuredReadme(): string {
  const { models, machine } = read<Trained>('basic-vs-standard.json')
  const { name, test, runs } = models.find(one => one.name === 'standard')!
  const { comparisons: steps } = read<Standings>('step.json')
  const { comparisons: calls } = read<Standings>('inference.json')
  const { comparisons: scripts } = read<Standings>('javascript/step.json')
  const { processes: whole, n } = read<{ processes: readonly Process[]; n: { others: number } }>(
    'process.json',
  )
  const [ours, keras] = ['heddle', 'keras'].map(
    program => whole.find(one => one.program === program && one.what.startsWith('train'))!,
  )
  const rows = [
    [
      `test accuracy of report 002's ${name} network, ${runs.length} seeds (the report: 0.9069)`,
      `${test.accuracy.mean.toFixed(4)} ± ${test.accuracy.std!.toFixed(4)}`,
      '',
      `${test.accuracy.n}`,
    ],
    ['one training step of it, 64 images, 2 threads', ...beside(steps, 'basic-vs-standard/standard', 2)],
    ['one call with one image of it, 1 thread', ...beside(calls, 'basic-vs-standard/standard', 1)],
    ['one training step of it in JavaScript, 1 thread', ...beside(scripts, 'basic-vs-standard/standard', 1)],
    [
      'both networks of report 002, 8 epochs, as a whole process',
      `${seconds(ours!.seconds)} s`,
      `Keras ${(keras!.seconds / ours!.seconds).toFixed(1)} ×`,
      `${n.others}`,
    ],
  ]
  const text = `${table(['what', 'Heddle', 'the others take', 'n'], rows)}\n\nMachine: ${machineText(machine!)}.`
  const best = recipeAccuracies(read<Recipe>('recipe.json'), '94')
  return withMarked(withMarked(readFileSync(readme, 'utf8'), 'measured', `\n${text}\n`), 'recipe', best)
}

/** A page with another text between `<!-- name -->` and `<!-- /name -->`. */
function withMarked(page: string, name: string, text: string): string {
  const marked = new RegExp(`(<!-- ${name} -->)[^]*?(<!-- /${name} -->)`)
  if (!marked.test(page)) throw new Error(`A page has no marks of the name ${name}.`)
  return page.replace(marked, (_, from, to) => `${from}${text}${to}`)
}

/** Heddle's time, how many times as long each other program takes, and the number of rounds. */
function beside(comparisons: Standings['comparisons'], model: string, threads: number): string[] {
  const { standings } = comparisons.find(one => one.model === model && one.threads === threads)!
  const own = standings.find(one => one.contestant === 'heddle')!
  const others = standings.filter(one => one !== own)
  return [
    `${time(own.medianMs)} ms`,
    others.map(one => `${properName(one.contestant)} ${one.ratio.toFixed(1)} ×`).join(', '),
    `${own.rounds}`,
  ]
}

// As a program, not where the test imports it.
if (process.argv[1]?.endsWith('measured.ts')) {
  for (const [file, text] of [
    [page, measuredPage()],
    [readme, measuredReadme()],
    [guide, measuredGuide()],
  ] as const) {
    if (!process.argv.includes('--check')) writeFileSync(file, text)
    else if (readFileSync(file, 'utf8') !== text) {
      console.error(`${file.pathname} is not what bench/results give. Run: npx jiti bench/measured.ts`)
      process.exitCode = 1
    }
  }
}
