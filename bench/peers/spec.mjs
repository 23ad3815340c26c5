/** What the JavaScript peers need of a model as Heddle writes it (src/model/graph.ts); the twin of spec.py. */

/** The layers of a model that is a chain, in order. */
export function chain(spec) {
  let previous = 'input'
  for (const { name, inputs } of spec.nodes) {
    if (inputs.length !== 1 || inputs[0] !== previous)
      throw new Error('the peers build chains only, and this model is a graph')
    previous = name
  }
  return spec.nodes.map(({ layer }) => layer)
}

export function activationOf({ activation = 'linear' }, known) {
  if (!known.includes(activation)) throw new Error(`no activation ${JSON.stringify(activation)} here`)
  return activation
}

/** The factors of the kernel's L1 and L2 penalty; the reports penalise nothing else. */
export const penalties = ({ kernelRegularizer }) => ({ l1: 0, l2: 0, ...kernelRegularizer })

/** Whether the loss works on what stands before the model's last softmax, as Keras does unless told otherwise. */
export const takesLogits = ({ spec, loss }) =>
  chain(spec).at(-1).activation === 'softmax' && (loss.semantics ?? 'shortcut') === 'shortcut'

/** The one family of losses that both know. */
export function crossEntropyOnly({ kind }) {
  if (!kind.toLowerCase().endsWith('categoricalcrossentropy')) throw new Error(`no loss ${kind} here`)
}
