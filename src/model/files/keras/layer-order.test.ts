import { expect, test } from 'vitest'
import { kerasOrder } from './layer-order.ts'

const layer = (name: string, ...inputs: string[]) => ({ name, inputs })

test('layers stand as Keras orders them: the farthest first, then as they are met from the output', () => {
  const layers = [
    layer('a', 'input'),
    layer('b', 'input'),
    layer('product', 'a', 'b'),
    layer('largest', 'b', 'product', 'a'),
    layer('out', 'largest', 'product'),
  ]
  // From the output, "largest" leads to b before a.
  expect(kerasOrder(layers).map(({ name }) => name)).toEqual(['b', 'a', 'product', 'largest', 'out'])
})

test('a chain stays as it is', () => {
  const chain = [layer('a', 'input'), layer('b', 'a'), layer('c', 'b')]
  expect(kerasOrder(chain)).toEqual(chain)
})
