import { resolve } from 'node:path'
import { replaceFile } from '../../base/files.ts'
import { text } from '../../base/schema.ts'
import { megabytes } from '../../base/text.ts'
import { toJson } from '../../protocol/json.ts'
import { gatherReport } from '../../runs/gather-report.ts'
import { runReport } from '../../show/run-report.ts'
import { command, off, option } from '../command.ts'
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
import { outputFile } from '../output-paths.ts'
import { printPdf } from '../print-pdf.ts'

export default command({
  summary: 'write a report as one HTML file',
  description: 'Write a report on models, their runs and their evaluation as one self-contained HTML file.',
  args: { models: modelsArgument },
  options: {
    out: option(outputFile, {
      value: 'file',
      help: 'the page; replaced if it exists',
      fallback: 'report.html',
    }),
    pdf: option(outputFile, {
      value: 'file',
      help: 'also print it, where Chromium or Chrome is installed (CHROMIUM)',
    }),
    title: option(text(), { value: 'text', help: 'title of the page', otherwise: 'what was named' }),
    audit: off('leave out the audit of the data (a minute for Fashion-MNIST)'),
    robustness,
    ...engineOptions,
    ...storedDataOptions,
    ...jsonOption,
  },
  examples: [
    ['heddle report basic-vs-standard', 'all models and seeds of an experiment, to report.html'],
    ['heddle report 3f9a 81c2 --out two.html --pdf two.pdf', 'two runs, on paper too'],
  ],
  async run({ models, out, pdf, title, audit, robustness, dataDir, json, ...engine }, { terminal }) {
    const backend = chooseEngine(engine, terminal)
    const names = await Promise.all(models.map(runName))
    const material = await loading({ terminal, dataDir }, (loadOptions, signal) =>
      withStore(store =>
        gatherReport(store, names, {
          backend,
          robustness,
          audit,
          signal,
          loading: loadOptions,
          onProgress: stagesOn(terminal),
        }),
      ),
    )
    const html = runReport(material, {
      title: title ?? models.join(', '),
      command: `heddle report ${models.join(' ')}`,
    })
    const bytes = Buffer.from(html)
    await replaceFile(out, [bytes])
    if (pdf !== undefined) await printPdf(resolve(out), resolve(pdf))
    const files = [out, ...(pdf === undefined ? [] : [pdf])]
    if (json) terminal.print(toJson({ files, bytes: bytes.length }, 2))
    else terminal.print(`${out} (${megabytes(bytes.length)})${pdf === undefined ? '' : ` and ${pdf}`}`)
  },
})
