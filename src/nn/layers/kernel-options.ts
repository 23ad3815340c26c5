import { boolean, type Options, type Values } from '../../base/schema.ts'
import { initializer } from '../initializers/initializer.ts'
import { regularizerField } from '../regularizers/regularizer.ts'
import { activationField } from './activations.ts'
import { type WeightOptions, weightFields } from './weight-options.ts'

/** Options of every layer that has one kernel. */
export const kernelFields = {
  /** Applied to the outputs: a name, `{ kind: 'elu', alpha }` or `{ kind: 'leakyRelu', negativeSlope }`. Default 'linear'. */
  activation: activationField('linear'),
  /** Add a learned number to each output. Default true. */
  useBias: boolean(true),
  /** What the kernel starts with. Default 'glorotUniform'. */
  kernelInitializer: initializer('glorotUniform'),
  /** What the bias starts with. Default 'zeros'. */
  biasInitializer: initializer('zeros'),
  /** What the kernel adds to the loss: `l2()`, `l1()`, `l1l2({ … })` or a name. Default null. */
  kernelRegularizer: regularizerField,
  /** What the bias adds to the loss, as `kernelRegularizer`. Default null. */
  biasRegularizer: regularizerField,
  ...weightFields,
}

export interface KernelOptions extends WeightOptions, Options<typeof kernelFields> {}
export type KernelValues = Values<typeof kernelFields>
