import { resolve } from 'node:path'
import type { Form, FormFields } from '../../base/form.ts'
import { formOf } from '../../base/schema.ts'
import { buildNamed } from '../../model/build-named.ts'
import { layers as layerFamily } from '../../nn/layers/index.ts'
import { draftFields, fileFields, newJobsFields, runFields } from '../../protocol/requests.ts'
import type { Checked, Choices, Job, Template } from '../../protocol/studio.ts'
import { storedRun } from '../../runs/stored.ts'
import type { CallbackDefinition } from '../../train/callbacks/callback.ts'
import { callbacks, writesFiles } from '../../train/callbacks/index.ts'
import { type ExperimentSpec, trainingOf } from '../../train/experiment.ts'
import { trainFields } from '../../train/options.ts'
import { planTraining } from '../../train/plan.ts'
import type { Api } from '../refusals.ts'
import type { StudioContext } from './context.ts'
import { checkDraft, experimentOfDraft } from './drafts.ts'
import { templates } from './templates.ts'

/** What a run can be made of, what is wrong with one that is being made, and its start. */
export function newRunRoutes(app: Api, { datasets, jobs, experiments, store }: StudioContext): void {
  app.get(
    '/choices',
    async (): Promise<Choices> => ({
      datasets: datasets.names,
      layers: Object.fromEntries(
        Object.entries(layerFamily.definitions).map(([kind, { className, role, inputs }]) => [
          kind,
          { className, role, joins: inputs === 'many', fields: layerFamily.form.kinds[kind]! },
        ]),
      ),
      train: withoutLogs(formOf(trainFields)),
      files: experiments.files,
      templates: [
        ...templates,
        ...experiments.known.flatMap(({ experiment, baseDir }) =>
          templatesOf(experiment, datasets.nameAt(experiment.data, baseDir), baseDir),
        ),
      ],
    }),
  )

  /** Runs the code of a file that `/choices` lists. */
  app.post('/experiments', { schema: { body: fileFields } }, async ({ body }) => {
    await experiments.load(body.file)
    return {}
  })

  app.get('/runs/:id/template', { schema: { params: runFields } }, async ({ params }): Promise<Template> => {
    const id = await store.find(params.id)
    const { experiment, source } = await storedRun(store, await store.run(id))
    return templatesOf(experiment, await datasets.nameOfRun(id), source.baseDir)[0]!
  })

  app.post(
    '/check',
    { schema: { body: draftFields } },
    async ({ body }): Promise<Checked> =>
      checkDraft(body, await datasets.source(body.data), await datasets.load(body.data)),
  )

  app.post('/jobs', { schema: { body: newJobsFields } }, async ({ body }): Promise<Job[]> => {
    const experiment = experimentOfDraft(body, body, await datasets.source(body.data))
    const data = await datasets.load(body.data)
    const model = buildNamed(body.model, experiment.models[body.model]!, data.imageShape)
    planTraining(model, data, { spec: experiment.train, seed: body.seeds[0]! })
    const added: Job[] = []
    for (const seed of new Set(body.seeds)) added.push(await jobs.train(experiment, seed))
    return added
  })
}

/** The models of an experiment, each with what it is trained with. */
function templatesOf(experiment: ExperimentSpec, data: string, baseDir: string): Template[] {
  return Object.entries(experiment.models).map(([model, { nodes, pretrained }]) => {
    const { kind, ...train } = trainingOf(experiment, model)
    const callbacks = train.callbacks.filter(callback => !writesFiles(callback))
    return {
      ...{ experiment: experiment.name, model, data, nodes, train: { ...train, callbacks } },
      // What the page trains is relative to the store.
      pretrained: pretrained ? { ...pretrained, file: resolve(baseDir, pretrained.file) } : null,
    }
  })
}

/** A page does not say where on the disk to write. */
function withoutLogs(fields: FormFields): FormFields {
  const kinds = Object.entries<CallbackDefinition<never>>(callbacks.definitions)
    .filter(([, { writes }]) => !writes)
    .map(([kind, { fields }]) => [kind, formOf(fields)])
  const of: Form = { type: 'kinds', kinds: Object.fromEntries(kinds) }
  return { ...fields, callbacks: { ...fields.callbacks!, form: { type: 'list', of } } }
}
