import { count, percent, points } from '../base/text.ts'
import type { Dataset } from '../data/dataset.ts'
import { formatReport } from '../insight/evaluate/classification-report.ts'
import type { Model } from '../model/model.ts'
import { layerOptions } from '../nn/layers/layer-options.ts'
import { MANY_CLASSES, type ModelEvaluation } from '../protocol/evaluation.ts'
import type { ReportedModel } from '../runs/gather-report.ts'
import { confusionTable } from './confusion-table.ts'
import { escapeXml } from './escape.ts'
import { htmlTable, number } from './html-table.ts'
import { inlineChart } from './inline-chart.ts'
import { type ShownClasses, shownClasses } from './many-classes.ts'
import { modelDiagram } from './model-diagram.ts'
import { runLink, warningList } from './report-parts.ts'
import { curvesChart, reliabilityChart } from './share-panels.ts'
import { mapImage, smallImage } from './small-image.ts'

/** One model: its card, its layers, and what its first run makes of the test images. `key` names its charts. */
export function modelChapter(
  model: ReportedModel,
  { key, data }: { readonly key: string; readonly data: Dataset },
): string {
  const { evaluation, name } = model
  const run = model.runs[0]!.run
  const { report } = evaluation
  const shown = shownClasses(evaluation.classes)
  const chart = (svg: string, id: string, caption: string): string =>
    `<figure>${inlineChart(svg, { key: `${key}${id}`, label: caption })}<figcaption>${escapeXml(caption)}</figcaption></figure>`
  return [
    card(model),
    '<h3>Layers</h3>',
    `<div class="side"><div class="diagram">${inlineChart(modelDiagram(model.model), { key: `${key}d`, label: `The layers of ${name}` })}</div>`,
    `<div>${layerTable(model.model)}</div></div>`,
    '<h3>Test images, by class</h3>',
    `<p>What follows is of ${runLink(run.id, `seed ${run.seed}`)}.</p>`,
    classTable(evaluation, shown),
    warningList(evaluation.warnings),
    `<pre>${escapeXml(formatReport({ ...report, classes: shown.indices.map(k => report.classes[k]!) }).trimEnd())}</pre>`,
    ...confusion(evaluation),
    chart(
      curvesChart(name, evaluation.curves),
      'c',
      `${shown.note === null ? 'Each class' : 'The worst classes'} against the rest; the legend has the areas below both curves.`,
    ),
    ...('refused' in evaluation.calibration
      ? []
      : [chart(reliability(evaluation), 'r', 'On the diagonal a confidence means what it says.')]),
    ...(data.imageShape.length === 3 ? [hardest(evaluation, data), explanations(model, data)] : []),
  ].join('\n')
}

function layerTable({ layers, parameterCount, trainableCount, multiplyAdds }: Model): string {
  const rows = layers.map(layer => [
    layer.name,
    layer.className,
    layerOptions(layer.layer),
    layer.outputShape.join(' × '),
    count(layer.parameterCount),
    count(layer.multiplyAdds),
    layer.receptiveField.join(' × '),
  ])
  const columns = [
    'Layer',
    'Type',
    'Options',
    'Output',
    number('Parameters'),
    number('Multiply-adds'),
    'Receptive field',
  ]
  return (
    htmlTable(columns, rows) +
    `<p class="dim">${count(parameterCount)} parameters, ${count(trainableCount)} of them trainable; ${count(multiplyAdds)} multiply-adds for an image.</p>`
  )
}

/** The matrix, or what is most confused of many classes. */
function confusion({ confusion: matrix, classNames, mostConfused }: ModelEvaluation): string[] {
  if (matrix && classNames.length <= MANY_CLASSES) {
    return [
      '<h3>Confusion matrix</h3>',
      confusionTable(matrix, classNames),
      '<p class="dim">Images; the darker, the larger its share of the label.</p>',
    ]
  }
  return [
    '<h3>Most confused</h3>',
    `${htmlTable(
      ['Label', 'Taken for', number('Images')],
      mostConfused.map(pair => [pair.label, pair.predicted, count(pair.count)]),
    )}`,
    `<p class="dim">In place of a matrix of ${classNames.length} classes.</p>`,
  ]
}

const area = (value: number | null): string => (value === null ? 'n/a' : value.toFixed(4))

/** What somebody must know before using the model. */
function card({ model, options, runs, evaluation, findings }: ReportedModel): string {
  const { accuracy, interval, classes, calibration, tempered, generalization, mostConfused } = evaluation
  const run = runs[0]!.run
  const byRecall = classes
    .flatMap(({ name, recall }) => (recall === null ? [] : [{ name, recall }]))
    .sort((a, b) => a.recall - b.recall)
  const [worst, best] = [byRecall[0]!, byRecall.at(-1)!]
  const option = (wanted: string): string => {
    const value = options.find(({ name }) => name === wanted)?.value as { kind?: string } | string | undefined
    return typeof value === 'object' ? (value.kind ?? '') : String(value ?? '')
  }
  const weakest = weakestCurve(evaluation)
  const facts: readonly (readonly [string, string])[] = [
    [
      'What it is',
      escapeXml(
        `${model.layers.length} layers, ${count(model.parameterCount)} parameters, ${count(model.multiplyAdds)} multiply-adds for an image of ${model.inputShape.join(' × ')}`,
      ),
    ],
    [
      'Trained on',
      escapeXml(
        `${run.dataset} ${run.fingerprint.slice(0, 12)}, ${run.epochsDone} epochs, batches of ${run.batchSize}, ${option('optimizer')}, ${option('loss')}`,
      ),
    ],
    [
      'Accuracy',
      `${runLink(run.id, percent(accuracy))}, 95 % interval ${points(interval[0])} to ${percent(interval[1])}`,
    ],
    [
      'Best and worst class',
      escapeXml(`${best.name} (recall ${percent(best.recall)}), ${worst.name} (${percent(worst.recall)})`),
    ],
    ...(mostConfused[0]
      ? [
          [
            'Confuses',
            escapeXml(
              `${mostConfused
                .slice(0, 3)
                .map(({ label, predicted, count: images }) => `${label} with ${predicted} (${images} images)`)
                .join(', ')}`,
            ),
          ] as const,
        ]
      : []),
    [
      'Confidence',
      escapeXml(
        'refused' in calibration
          ? calibration.refused
          : `${points(calibration.expectedError, 1)} points off on average. ${'refused' in tempered ? '' : `At the temperature ${tempered.temperature.toFixed(2)}: ${points(tempered.calibration.expectedError, 1)}.`}`,
      ),
    ],
    ['Fit', escapeXml('refused' in generalization ? generalization.refused : generalization.sentence)],
    ...(weakest ? [['Least sturdy against', escapeXml(weakest)] as const] : []),
    [
      'Not for',
      escapeXml(
        `anything but images like those of ${run.dataset}: every image is given one of ${classes.length} classes, whatever it shows.`,
      ),
    ],
    ['To ask it', `<code>heddle predict ${run.id} image.png</code>`],
    ...(findings.length > 0
      ? [
          [
            'The doctor says',
            `<ul class="warnings">${findings.map(({ severity, message }) => `<li>${severity}: ${escapeXml(message)}</li>`).join('')}</ul>`,
          ] as const,
        ]
      : []),
  ]
  return `<div class="card"><h3>Model card</h3><dl>${facts.map(([name, html]) => `<dt>${name}</dt><dd>${html}</dd>`).join('')}</dl></div>`
}

/** The kind that costs the most accuracy at its middle strength. */
function weakestCurve({ robustness: curves, accuracy }: ModelEvaluation): string | null {
  const [worst] = [...curves].sort((a, b) => a.accuracies[2]! - b.accuracies[2]!)
  if (!worst) return null
  return `${worst.kind}: at ${worst.strengths[2]} ${worst.unit} ${percent(worst.accuracies[2]!)} of the images are left right, of ${percent(accuracy)}`
}

function classTable({ classes, report }: ModelEvaluation, { indices, note }: ShownClasses): string {
  const table = htmlTable(
    [
      'Class',
      number('Recall, %'),
      number('Precision, %'),
      number('Accuracy against the rest, %'),
      number('ROC area'),
      number('PR area'),
    ],
    indices.map(k => {
      const { name, recall, accuracy, rocArea, averagePrecision } = classes[k]!
      return [
        name,
        recall === null ? 'n/a' : points(recall),
        points(report.classes[k]!.precision),
        points(accuracy),
        area(rocArea),
        area(averagePrecision),
      ]
    }),
  )
  return note === null ? String(table) : `${table}\n<p class="dim">${escapeXml(note)}</p>`
}

function reliability({ calibration, tempered }: ModelEvaluation): string {
  if ('refused' in calibration) return ''
  return reliabilityChart('Confidence', [
    { name: 'as trained', calibration },
    ...('refused' in tempered
      ? []
      : [{ name: `at temperature ${tempered.temperature.toFixed(2)}`, calibration: tempered.calibration }]),
  ])
}

function hardest({ hardest: images, classNames }: ModelEvaluation, { test, imageShape }: Dataset): string {
  if (images.length === 0) return ''
  const figures = images.map(({ index, label, predicted, ofPredicted }) => {
    const [own, other] = [classNames[label]!, classNames[predicted]!]
    return (
      `<figure>${smallImage(test.at(index), imageShape, `test image ${index}: ${own}`)}<figcaption>${index}: ${escapeXml(own)}<br>` +
      `taken for ${escapeXml(other)} (${(100 * ofPredicted).toFixed(0)}&nbsp;%)</figcaption></figure>`
    )
  })
  return `<h3>Hardest images</h3>\n<p>The surest mistakes; some of the labels are wrong themselves.</p>\n<div class="images">${figures.join('\n')}</div>`
}

function explanations(
  { explanations: explained, evaluation }: ReportedModel,
  { test, imageShape }: Dataset,
): string {
  if (explained.length === 0) return ''
  const titles = ['Image', 'Saliency', 'Integrated gradients', 'Grad-CAM', 'Occlusion']
  const rows = explained.flatMap(({ index, explanation }) => {
    const { saliency, integratedGradients, classMap, occlusion } = explanation
    const said = evaluation.classNames[explanation.class] ?? `output ${explanation.class}`
    return [
      `<figure>${smallImage(test.at(index), imageShape, `test image ${index}`)}<figcaption>${index}: why ${escapeXml(said)}?</figcaption></figure>`,
      mapImage(saliency, `saliency of image ${index}`),
      mapImage(integratedGradients, `integrated gradients of image ${index}`),
      mapImage(classMap.map, `${classMap.method.name} of image ${index}: what speaks for the class`),
      mapImage(occlusion, `occlusion of image ${index}`),
    ]
  })
  return [
    '<h3>Why</h3>',
    '<p>What spoke for the class that was predicted: red for it, blue against it. Saliency has no sign.</p>',
    `<div class="explained">${[...titles.map(title => `<b>${title}</b>`), ...rows].join('\n')}</div>`,
  ].join('\n')
}
