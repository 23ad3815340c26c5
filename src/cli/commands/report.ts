import { resolve } from 'node:path'
import { replaceFile } from '../../base/files.ts'
import { megabytes } from '../../base/text.ts'
import { gatherReport } from '../../runs/gather-report.ts'
import { runReport } from '../../show/run-report.ts'
import { checkOutputFile } from '../check-output.ts'
import { chooseEngine } from '../choose-engine.ts'
import { interruptible, unlessAborted } from '../interrupt.ts'
import { tellLoading, tellStages } from '../loading.ts'
import { runName } from '../named-run.ts'
import { withStore } from '../open-store.ts'
import { printPdf } from '../print-pdf.ts'
import { resolveSettings } from '../settings.ts'
import type { Terminal } from '../terminal.ts'

export interface ReportFlags {
  readonly out?: string
  readonly pdf?: string
  readonly title?: string
  /** False: `--no-robustness`. */
  readonly robustness?: boolean
  /** False: `--no-audit`. */
  readonly audit?: boolean
  readonly threads?: string
  readonly backend?: string
  readonly dataDir?: string
  readonly json?: boolean
}

/** `heddle report`: models, their runs and what they are worth as one HTML file. */
export async function report(
  wanted: readonly string[],
  flags: ReportFlags,
  terminal: Terminal,
): Promise<void> {
  const backend = chooseEngine(resolveSettings(flags, process.env), terminal)
  const { out = 'report.html', title = wanted.join(', '), robustness = true, audit = true } = flags
  checkOutputFile('--out', out)
  if (flags.pdf !== undefined) checkOutputFile('--pdf', flags.pdf)
  const names = await Promise.all(wanted.map(runName))
  const material = await interruptible(signal =>
    unlessAborted(
      signal,
      withStore(store =>
        gatherReport(store, names, {
          backend,
          robustness,
          audit,
          signal,
          loading: { dataDir: flags.dataDir, ...tellLoading(terminal) },
          onProgress: tellStages(terminal),
        }),
      ),
    ),
  )
  const html = runReport(material, { title, command: `heddle report ${wanted.join(' ')}` })
  await replaceFile(out, [Buffer.from(html)])
  if (flags.pdf !== undefined) await printPdf(resolve(out), resolve(flags.pdf))
  const files = [out, ...(flags.pdf === undefined ? [] : [flags.pdf])]
  if (flags.json) {
    terminal.print(JSON.stringify({ files, bytes: Buffer.byteLength(html) }, null, 2))
    return
  }
  terminal.print(
    `${out} (${megabytes(Buffer.byteLength(html))})${flags.pdf === undefined ? '' : ` and ${flags.pdf}`}`,
  )
}
