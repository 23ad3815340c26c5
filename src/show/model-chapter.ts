import { count, percent, points } from '../base/text.ts'
import type { Model } from '../model/model.ts'
import { pretrainedText } from '../model/pretrained.ts'
import { layerOptions } from '../nn/layers/layer-options.ts'
import type { ImageOf } from '../protocol/audit.ts'
import type { ModelEvaluation } from '../protocol/evaluation.ts'
import { tableOf } from '../protocol/table.ts'
import type { ReportedModel } from '../runs/gather-report.ts'
import { pageTheme } from './chart.ts'
import { tableHtml } from './data-table.ts'
import { evaluationSection } from './evaluation-section.ts'
import { type Html, html, joined } from './markup.ts'
import { modelDiagram } from './model-diagram.ts'
import { inlinePicture } from './picture.ts'
import { factsHtml, sectionHtml } from './section-html.ts'
import { mapImage } from './small-image.ts'

interface Options {
  /** Names its charts. */
  readonly key: string
  readonly pictureOf: (image: ImageOf) => Html
}

/** One model: its card, its layers, and what its first run makes of the test images. */
export function modelChapter(model: ReportedModel, options: Options): Html {
  const run = model.runs[0]!.run
  // Distorted images are shown for all models at once.
  const blocks = evaluationSection(model.evaluation).blocks.filter(
    block => block.kind !== 'facts' && !(block.kind === 'section' && block.name === 'robustness'),
  )
  const diagram = inlinePicture(
    modelDiagram(model.model, pageTheme(`${options.key}d`)),
    `The layers of ${model.name}`,
  )
  return joined([
    card(model),
    html`<h3>Layers</h3>
<div class="side"><div class="diagram">${diagram}</div><div>${layers(model.model)}</div></div>
<p>What follows is of <a href="#run-${run.id}">seed ${run.seed}</a>.</p>`,
    sectionHtml({ blocks }, options),
    explanations(model, options),
  ])
}

function layers({ spec, layers: all, parameterCount, trainableCount, multiplyAdds }: Model): Html {
  const table = tableOf(all, [
    ['name', 'Layer', ({ name }) => name],
    ['className', 'Type', ({ className }) => className],
    ['options', 'Options', ({ layer }) => layerOptions(layer)],
    ['output', 'Output', ({ outputShape }) => outputShape.join(' × ')],
    ['parameters', 'Parameters', layer => layer.parameterCount, count],
    ['multiplyAdds', 'Multiply-adds', layer => layer.multiplyAdds, count],
    ['field', 'Receptive field', ({ receptiveField }) => receptiveField.join(' × ')],
  ])
  return html`${tableHtml(table)}<p class="dim">${count(parameterCount)} parameters, ${count(trainableCount)} of them trainable; ${count(multiplyAdds)} multiply-adds for an image.${spec.pretrained ? ` Pretrained: ${pretrainedText(spec.pretrained)}.` : ''}</p>`
}

/** What somebody must know before using the model. */
function card({ model, options, runs, evaluation, findings }: ReportedModel): Html {
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
  const confused = mostConfused
    .slice(0, 3)
    .map(({ label, predicted, count: images }) => `${label} with ${predicted} (${images} images)`)
  const confidence =
    'refused' in calibration
      ? calibration.refused
      : `${points(calibration.expectedError, 1)} points off on average. ${'refused' in tempered ? '' : `At the temperature ${tempered.temperature.toFixed(2)}: ${points(tempered.calibration.expectedError, 1)}.`}`
  const weakest = weakestCurve(evaluation)
  const warnings = findings.map(({ severity, message }) => html`<li>${severity}: ${message}</li>`)
  const facts: readonly (readonly [string, Html | string | null])[] = [
    [
      'What it is',
      `${model.layers.length} layers, ${count(model.parameterCount)} parameters, ${count(model.multiplyAdds)} multiply-adds for an image of ${model.inputShape.join(' × ')}`,
    ],
    [
      'Trained on',
      `${run.dataset} ${run.fingerprint.slice(0, 12)}, ${run.epochsDone} epochs, batches of ${run.batchSize}, ${option('optimizer')}, ${option('loss')}`,
    ],
    [
      'Accuracy',
      html`<a href="#run-${run.id}">${percent(accuracy)}</a>, 95 % interval ${points(interval[0])} to ${percent(interval[1])}`,
    ],
    [
      'Best and worst class',
      `${best.name} (recall ${percent(best.recall)}), ${worst.name} (${percent(worst.recall)})`,
    ],
    ['Confuses', confused.length > 0 ? confused.join(', ') : null],
    ['Confidence', confidence],
    ['Fit', 'refused' in generalization ? generalization.refused : generalization.sentence],
    ['Least sturdy against', weakest],
    [
      'Not for',
      `anything but images like those of ${run.dataset}: every image is given one of ${classes.length} classes, whatever it shows.`,
    ],
    ['To ask it', html`<code>heddle predict ${run.id} image.png</code>`],
    ['The doctor says', warnings.length > 0 ? html`<ul class="warnings">${warnings}</ul>` : null],
  ]
  const known = facts.flatMap(([name, text]) => (text === null ? [] : [[name, text] as const]))
  return html`<div class="card"><h3>Model card</h3>${factsHtml(known)}</div>`
}

/** The kind that costs the most accuracy at its middle strength. */
function weakestCurve({ robustness: curves, accuracy }: ModelEvaluation): string | null {
  const [worst] = [...curves].sort((a, b) => a.accuracies[2]! - b.accuracies[2]!)
  if (!worst) return null
  return `${worst.kind}: at ${worst.strengths[2]} ${worst.unit} ${percent(worst.accuracies[2]!)} of the images are left right, of ${percent(accuracy)}`
}

function explanations(
  { explanations: explained, evaluation }: ReportedModel,
  { pictureOf }: Options,
): Html | null {
  if (explained.length === 0) return null
  const titles = ['Image', 'Saliency', 'Integrated gradients', 'Grad-CAM', 'Occlusion']
  const rows = explained.map(({ index, explanation }) => {
    const { saliency, integratedGradients, classMap, occlusion } = explanation
    const said = evaluation.classNames[explanation.class] ?? `output ${explanation.class}`
    const label = evaluation.classNames[evaluation.hardest.find(image => image.index === index)!.label]!
    return [
      html`<figure>${pictureOf({ split: 'test', index, label })}<figcaption>${index}: why ${said}?</figcaption></figure>`,
      mapImage(saliency, `saliency of image ${index}`),
      mapImage(integratedGradients, `integrated gradients of image ${index}`),
      mapImage(classMap.map, `${classMap.method.name} of image ${index}: the evidence for the class`),
      mapImage(occlusion, `occlusion of image ${index}`),
    ]
  })
  return html`<h3>Why</h3>
<p>What spoke for the class that was predicted: red for it, blue against it. Saliency has no sign.</p>
<div class="explained">${joined([...titles.map(title => html`<b>${title}</b>`), ...rows.flat()])}</div>`
}
