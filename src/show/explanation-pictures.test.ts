import { expect, test } from 'vitest'
import type { ImageExplanation } from '../protocol/explanations.ts'
import { activationSheet, explanationSheet, filterSheet } from './explanation-pictures.ts'
import { svgOf } from './picture.ts'
import { overlay, paint, peakOf } from './pixel-colors.ts'
import { scatter } from './scatter.ts'

const map = (values: readonly number[]) => ({ height: 2, width: 2, values })

test('orange speaks for, blue against, white is nothing', () => {
  const painted = paint(map([0, 1, -1, 0.5]), 1)
  expect([...painted]).toEqual([255, 255, 255, 213, 94, 0, 0, 92, 158, 234, 175, 128])
  expect([...paint(map([0, 0, 0, 0]), 0)]).toEqual(Array(12).fill(255))
  expect(peakOf([map([0, -3, 1, 2]), map([1, 1, 1, 1])])).toBe(3)
})

test('what lies under nothing of a map stays as it is', () => {
  const laid = overlay(Uint8Array.of(10, 20, 30, 40), map([0, 0, 0, 2]), 2)
  expect([...laid.subarray(0, 9)]).toEqual([10, 10, 10, 20, 20, 20, 30, 30, 30])
  expect(laid[9]).toBe(Math.round(40 + (213 - 40) * 0.75))
})

const explanation: ImageExplanation = {
  outputs: [0.25, 0.75],
  predicted: 1,
  class: 1,
  saliency: map([0, 1, 2, 3]),
  integratedGradients: { ...map([0, 1, -2, 3]), sum: 2, difference: 2 },
  gradCam: null,
  classMap: { map: map([0, 1, 0, 3]), method: { name: 'Integrated gradients' } },
  occlusion: map([0, 0, 0, 0]),
}

test('a sheet has five pictures for each image; without Grad-CAM the positive attributions take its place', () => {
  const picture = explanationSheet(
    [{ name: 'shoe.png', pixels: Uint8Array.of(1, 2, 3, 4), label: null, explanation }],
    { title: 'Why', imageShape: [2, 2, 1], classNames: ['cat', 'dog & co'] },
  )
  const svg = svgOf(picture)
  expect(svg.split('<image').length - 1).toBe(5)
  expect(svg).toContain('>shoe.png<')
  expect(svg).toContain('>dog &amp; co 0.75<')
  expect(svg).toContain('>for the class<')
})

test('activation maps: a block for each layer, long rows in lines', () => {
  const row = { height: 1, width: 100, values: Array(100).fill(1) }
  const picture = activationSheet([
    { layer: 'conv', className: 'Conv2D', shape: [2, 2, 2], maps: [map([0, 1, 2, 3]), map([0, 0, 0, 0])] },
    { layer: 'flatten', className: 'Flatten', shape: [100], maps: [row] },
  ])
  const svg = svgOf(picture)
  expect(svg.split('<image').length - 1).toBe(3)
  expect(svg).toContain('conv (Conv2D): 2 × 2 × 2, up to 3.00')
  expect(svg).toContain('flatten (Flatten): 100, up to 1.00')
  expect(svg).toContain('width="640" height="20"')
})

test('filters: a block for each input channel', () => {
  const picture = filterSheet({ layer: 'conv', filters: [[map([0, 1, 2, 3]), map([0, 0, 0, -4])]] })
  const svg = svgOf(picture)
  expect(svg).toContain('conv: 1 filters of 2 × 2, input channel 1, up to 4.00')
  expect(svg.split('<image').length - 1).toBe(2)
})

test('a scatter plot: classes beyond the colours are squares', () => {
  const picture = scatter(
    {
      method: 'umap',
      layer: 'dense',
      points: [
        [0, 0],
        [1, 2],
      ],
      about: { seed: 4, neighbors: 15, minDist: 0.1 },
    },
    { labels: [0, 8], classNames: Array.from({ length: 9 }, (_, i) => `class <${i}>`) },
  )
  const svg = svgOf(picture)
  expect(svg).toContain('15 neighbours, least distance 0.1, seed 4')
  expect(svg).toContain('class &lt;8&gt;')
  // In the plot and in the legend.
  expect(svg.split('<circle').length - 1).toBe(1 + 8)
  expect(svg.split('width="6" height="6"').length - 1).toBe(1 + 1)
})
