import { readFile } from 'node:fs/promises'
import { UsageError } from '../../base/errors.ts'
import { replaceFile } from '../../base/files.ts'
import { boundedJson } from '../../base/json.ts'
import { oneOf, text } from '../../base/schema.ts'
import { megabytes } from '../../base/text.ts'
import { toJson } from '../../protocol/json.ts'
import { citationStyles } from '../../protocol/publication.ts'
import { gatherReport } from '../../runs/gather-report.ts'
import { handInReport } from '../../show/hand-in/report.ts'
import { reportFiles } from '../../show/hand-in/report-files.ts'
import { checkRubric, rubricOf } from '../../show/hand-in/rubric.ts'
import { left, table } from '../../show/table.ts'
import { command, GateNotMet, off, option } from '../command.ts'
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
import { inputFile, outputFile } from '../output-paths.ts'

/** A text of more bytes is no report. */
const MAX_TEXT = 5_000_000

export default command({
  summary: 'write a report to hand in: HTML, PDF and Markdown',
  description:
    'Write a report on models, their data, runs and evaluation: abstract, introduction, data, methods, results with numbered figures and tables, discussion, references, and how to repeat it.',
  args: { models: modelsArgument },
  options: {
    out: option(outputFile, {
      value: 'file',
      help: 'the page, one HTML file; replaced if it exists',
      fallback: 'report.html',
    }),
    pdf: option(outputFile, { value: 'file', help: 'also as PDF; no browser is needed' }),
    markdown: option(outputFile, {
      value: 'file',
      help: 'also as Markdown, with its figures in a folder beside it',
    }),
    title: option(text(), { value: 'text', help: 'title', otherwise: 'what was named' }),
    author: option(text(), { value: 'text', help: 'your name, or several' }),
    affiliation: option(text(), { value: 'text', help: 'below the author: a course, a university' }),
    date: option(text(), { value: 'text', help: 'date', otherwise: 'that of the newest run' }),
    text: option(inputFile, {
      value: 'file.md',
      help: 'your own words: what is below "# Introduction", "# Discussion" and other chapters goes there',
    }),
    citationStyle: option(oneOf(citationStyles), { help: 'how sources are cited', fallback: 'apa' }),
    template: option(oneOf(['assignment']), {
      help: 'also check that it has what a course asks for; exits with 3 if not',
    }),
    rubric: option(inputFile, {
      value: 'file.json',
      help: 'with --template: what is asked for, such as {"models": 3, "figures": 5, "tables": 2, "references": 3, "words": 100}',
    }),
    audit: off('leave out the audit of the data (a minute for Fashion-MNIST)'),
    robustness,
    ...engineOptions,
    ...storedDataOptions,
    ...jsonOption,
  },
  examples: [
    [
      'heddle report basic-vs-standard --author "A. Student" --pdf report.pdf',
      'all models and seeds of an experiment',
    ],
    [
      'heddle report 3f9a 81c2 --text own.md --out two.html',
      'two runs, with your own introduction and discussion',
    ],
    ['heddle report my-cnn --text own.md --template assignment', 'and check what a course asks for'],
  ],
  async run(given, { terminal }) {
    const { models, out, pdf, markdown, audit, robustness, dataDir, json, threads, backend: engine } = given
    if (given.rubric !== undefined && given.template === undefined)
      throw new UsageError('--rubric needs --template assignment.')
    const own = given.text === undefined ? undefined : await textOf(given.text)
    const rubric = rubricOf(
      given.rubric === undefined ? {} : boundedJson(await textOf(given.rubric), MAX_TEXT),
    )
    const backend = chooseEngine({ threads, backend: engine }, terminal)
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
    const { title = models.join(', '), author, affiliation, date, citationStyle } = given
    const command = `heddle report ${models.join(' ')}`
    const report = handInReport(material, {
      title,
      author,
      affiliation,
      date,
      text: own,
      citationStyle,
      command,
    })
    const { document } = report
    const files: string[] = []
    let bytes = 0
    for await (const [path, content] of reportFiles(document, { html: out, pdf, markdown })) {
      const written = Buffer.from(content)
      await replaceFile(path, [written])
      files.push(path)
      if (path === out) bytes = written.length
    }
    const checked =
      given.template === undefined ? null : checkRubric(report, { rubric, models: material.models.length })
    if (json) terminal.print(toJson({ files, bytes, ...(checked && { rubric: checked }) }, 2))
    else {
      const others = [pdf, markdown].filter(file => file !== undefined)
      terminal.print([`${out} (${megabytes(bytes)})`, ...others].join(' and '))
    }
    if (checked === null) return
    const lines = checked.map(({ requirement, found, isMet }) => [isMet ? 'yes' : 'NO', requirement, found])
    if (!json) terminal.print(`\n${table([left('Met'), left('Asked for'), left('Found')], lines)}`)
    const unmet = checked.filter(({ isMet }) => !isMet).length
    if (unmet > 0)
      throw new GateNotMet(`${unmet} of ${checked.length} requirements of the assignment are not met.`)
  },
})

async function textOf(path: string): Promise<string> {
  const bytes = await readFile(path)
  if (bytes.length > MAX_TEXT)
    throw new UsageError(`${path} has ${megabytes(bytes.length)}: at most ${megabytes(MAX_TEXT)} are read.`)
  return bytes.toString('utf8')
}
