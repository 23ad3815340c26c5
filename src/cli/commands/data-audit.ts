import { UsageError } from '../../base/errors.ts'
import { kindOf } from '../../base/files.ts'
import { integer, number } from '../../base/schema.ts'
import type { Dataset } from '../../data/dataset.ts'
import { auditData, classMeans } from '../../insight/audit/index.ts'
import type { DataAudit } from '../../protocol/audit.ts'
import { toJson } from '../../protocol/json.ts'
import { auditedClasses, auditSection } from '../../show/audit-section.ts'
import { sectionText } from '../../show/section-text.ts'
import { command, off, option } from '../command.ts'
import { loading, stagesOn } from '../loading.ts'
import { namedData } from '../named-data.ts'
import {
  dataArgument,
  dataOptions,
  engineOptions,
  jsonOption,
  outOption,
  seed,
  trainingEngine,
} from '../options.ts'
import type { OutFolder } from '../output-paths.ts'
import { interruptible } from '../terminal.ts'

export default command({
  summary: 'find problems of a dataset: imbalance, copies, outliers, doubtful labels',
  args: { dataset: dataArgument },
  options: {
    below: option(number(undefined, { min: 0, max: 255 }), {
      value: 'rms',
      help: 'call images near-duplicates if they differ by less than this, 0 to 255',
      otherwise: '10',
    }),
    labels: off('do not check the labels: this trains no networks, and is faster'),
    seed,
    imageSize: option(integer(), 'stretch the images of a folder to n × n'),
    out: outOption,
    ...engineOptions,
    ...dataOptions,
    ...jsonOption,
  },
  examples: [
    ['heddle data audit', 'all 70,000 images of Fashion-MNIST'],
    ['heddle data audit photos --image-size 64 --out audit', 'a folder with a folder for each class'],
    ['heddle data audit my.ts --no-labels', 'the data of an experiment, in seconds'],
  ],
  async run({ dataset, below, labels, seed, imageSize, out, dataDir, json, ...engine }, { terminal }) {
    if (imageSize !== undefined && kindOf(dataset) !== 'folder')
      throw new UsageError(`--image-size is for a folder of images, and ${dataset} is not one.`)
    const named = await namedData(dataset, { imageSize })
    const backend = trainingEngine(engine, terminal)
    const unreadable: { file: string; reason: string }[] = []
    const onUnreadable = (file: string, reason: string): void => void unreadable.push({ file, reason })
    const { data, audit } = await interruptible(async signal => {
      const data = await loading({ terminal, dataDir }, options => named.load({ ...options, onUnreadable }))
      const stage = stagesOn(terminal)
      const audit = await auditData(data, {
        ...(below !== undefined && { below }),
        labels,
        seed,
        backend,
        signal,
        unreadable,
        onProgress: message => stage(`Auditing: ${message}`),
      })
      return { data, audit }
    })
    if (out) await writeAll(out, audit, data)
    const blocks = [...auditedClasses(audit), ...auditSection(audit).blocks]
    terminal.print(json ? toJson(audit, 2) : sectionText({ blocks }, { width: terminal.columns }))
    if (out) terminal.notice(`Wrote ${out.files.join(', ')} to ${out.path}.`)
  },
})

async function writeAll(out: OutFolder, audit: DataAudit, data: Dataset): Promise<void> {
  // Load resvg, which only pictures need.
  const [{ auditSheets }, { rasterize }] = await Promise.all([
    import('../../show/audit-pictures.ts'),
    import('../../show/rasterize.ts'),
  ])
  out.write('audit.json', `${toJson(audit, 2)}\n`)
  const means = classMeans(data.train, data.classNames.length)
  for (const { name, title, draw } of auditSheets(audit, data, { classMeans: means }))
    out.write(`${name}.png`, rasterize(draw(title)))
}
