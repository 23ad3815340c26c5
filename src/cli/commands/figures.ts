import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { UsageError } from '../../base/errors.ts'
import { kindOf, replaceFile } from '../../base/files.ts'
import { oneOf } from '../../base/schema.ts'
import { plural } from '../../base/text.ts'
import { toJson } from '../../protocol/json.ts'
import { figureFormats } from '../../protocol/publication.ts'
import { gatherReport } from '../../runs/gather-report.ts'
import { exhibitFiles } from '../../show/figures/exhibit-files.ts'
import { exhibitsOf } from '../../show/figures/index.ts'
import { command, listOf, on, option } from '../command.ts'
import { loading, stagesOn } from '../loading.ts'
import { runName, withStore } from '../named-run.ts'
import {
  chooseEngine,
  engineOptions,
  jsonOption,
  modelsArgument,
  robustness,
  storedDataOptions,
} from '../options.ts'
import { outputFolder } from '../output-paths.ts'

export default command({
  summary: 'write figures, tables and listings for a report of your own',
  description:
    'Write every figure about models and their data for paper: SVG, PNG and PDF with their numbers as CSV, tables, the code of each model, and a file of captions.',
  args: { models: modelsArgument },
  options: {
    out: option(outputFolder, {
      value: 'folder',
      help: 'where to write; it must be empty or new',
      fallback: 'figures',
    }),
    format: option(listOf(oneOf(figureFormats)), {
      value: 'names',
      help: 'only these files of each figure, such as svg,pdf',
      otherwise: 'svg,png,pdf',
    }),
    replace: on('replace files of these names in a folder that is not empty'),
    robustness,
    ...engineOptions,
    ...storedDataOptions,
    ...jsonOption,
  },
  examples: [
    ['heddle figures basic-vs-standard', 'all models and seeds of an experiment, to figures/'],
    ['heddle figures 3f9a --format pdf --out thesis', 'one run, vectors for LaTeX'],
  ],
  async run({ models, out, format, replace, robustness, dataDir, json, ...engine }, { terminal }) {
    checkIsFree(out, replace)
    const backend = chooseEngine(engine, terminal)
    const names = await Promise.all(models.map(runName))
    const progress = stagesOn(terminal)
    const material = await loading({ terminal, dataDir }, (loadOptions, signal) =>
      withStore(store =>
        gatherReport(store, names, {
          backend,
          robustness,
          audit: false,
          signal,
          loading: loadOptions,
          onProgress: progress,
        }),
      ),
    )
    const exhibits = exhibitsOf(material)
    const files = exhibitFiles(exhibits, {
      title: models.join(', '),
      command: `heddle figures ${models.join(' ')}`,
      formats: format ?? figureFormats,
      madeAt: Math.max(...material.models.flatMap(({ runs }) => runs.map(({ run }) => run.createdAt))),
    })
    const written: string[] = []
    for await (const [name, content] of files) {
      progress(`Drawing ${name}`)
      await replaceFile(join(out, name), [Buffer.from(content)])
      written.push(name)
    }
    const { figures, tables, listings } = exhibits
    if (json) terminal.print(toJson({ folder: out, files: written }, 2))
    else
      terminal.print(
        `${out}: ${plural(figures.length, 'figure')}, ${plural(tables.length, 'table')} and ${plural(listings.length, 'listing')}; ${join(out, 'captions.md')} has their captions.`,
      )
  },
})

/** Before the work: files of yours are only replaced if you ask for it. */
function checkIsFree(folder: string, replace: boolean): void {
  if (replace || kindOf(folder) === 'absent' || readdirSync(folder).length === 0) return
  throw new UsageError(
    `--out ${folder} is not empty. Name a new folder, or add --replace to replace the files of the same names.`,
  )
}
