import { replaceFile } from '../base/files.ts'
import { unlessAborted } from '../base/interruption.ts'
import type { Backend } from '../engine/backend.ts'
import { writeZip } from '../model/files/zip.ts'
import { figureFormats, type Published, reportFormats } from '../protocol/publication.ts'
import type { TaskEvent, TaskOf } from '../protocol/tasks.ts'
import { gatherReport, type ReportMaterial } from '../runs/gather-report.ts'
import { exhibitFiles } from '../show/figures/exhibit-files.ts'
import type { NamedFile } from '../show/figures/figure-files.ts'
import { exhibitsOf } from '../show/figures/index.ts'
import { handInReport } from '../show/hand-in/report.ts'
import { reportFiles } from '../show/hand-in/report-files.ts'
import { checkRubric, type Rubric, rubricOf } from '../show/hand-in/rubric.ts'
import type { RunStore } from '../store/store.ts'

interface PublishContext {
  readonly store: RunStore
  readonly backend: Backend
  readonly signal: AbortSignal
  readonly onEvent: (event: TaskEvent) => void
}

/** Does the task `publish`: what `heddle figures` and `heddle report` write, in an archive. */
export async function publish(
  task: TaskOf<'publish'>,
  { store, backend, signal, onEvent }: PublishContext,
): Promise<Published> {
  const { what, runs, robustness, to } = task
  // First: what is wrong with it would be seen after a minute of work.
  const asked = rubricOf(task.rubric ?? {})
  const onProgress = (text: string): void => onEvent({ type: 'progress', text })
  const audit = what === 'report' && task.audit
  const gathering = gatherReport(store, runs, { backend, robustness, audit, signal, onProgress })
  const material = await unlessAborted(signal, gathering)
  const { files, rubric } = what === 'figures' ? figuresOf(material, task) : reportOf(material, task, asked)
  const members: Record<string, Uint8Array> = {}
  for await (const [name, content] of files) {
    signal.throwIfAborted()
    onProgress(`Writing ${name}`)
    members[name] = Buffer.from(content)
  }
  const archive = await writeZip(members)
  await replaceFile(to, [archive])
  return { files: Object.keys(members), bytes: archive.length, rubric }
}

interface Written {
  readonly files: AsyncGenerator<NamedFile>
  readonly rubric: Published['rubric']
}

/** What the models are called together where no title is given. */
function titleOf({ models }: ReportMaterial, { title }: TaskOf<'publish'>): string {
  return title ?? [...new Set(models.flatMap(({ runs }) => runs.map(({ run }) => run.experiment)))].join(', ')
}

function figuresOf(material: ReportMaterial, task: TaskOf<'publish'>): Written {
  const files = exhibitFiles(exhibitsOf(material), {
    title: titleOf(material, task),
    command: `heddle figures ${task.runs.join(' ')}`,
    formats: figureFormats.filter(format => task.formats.includes(format)),
    madeAt: Math.max(...material.models.flatMap(({ runs }) => runs.map(({ run }) => run.createdAt))),
  })
  return { files, rubric: null }
}

function reportOf(material: ReportMaterial, task: TaskOf<'publish'>, asked: Rubric): Written {
  const { author, affiliation, words, citationStyle, runs, formats } = task
  const report = handInReport(material, {
    title: titleOf(material, task),
    author: author ?? undefined,
    affiliation: affiliation ?? undefined,
    text: words ?? undefined,
    citationStyle,
    command: `heddle report ${runs.join(' ')}`,
  })
  const names = { html: 'report.html', pdf: 'report.pdf', markdown: 'report.md' }
  const wanted = reportFormats.filter(format => formats.includes(format))
  return {
    files: reportFiles(report.document, Object.fromEntries(wanted.map(format => [format, names[format]]))),
    rubric: checkRubric(report, { rubric: asked, models: material.models.length }),
  }
}
