import { sum } from '../../src/base/maths.ts'

/** A function of continuous parameters, to be minimised, with a known least value. */
export interface ContinuousFunction {
  readonly name: string
  /** By coordinate. No domain has the optimum in its middle, as some samplers look there first. */
  readonly domain: readonly (readonly [low: number, high: number])[]
  readonly least: number
  readonly at: (x: readonly number[]) => number
}

const same = (dimensions: number, low: number, high: number): [number, number][] =>
  Array.from({ length: dimensions }, () => [low, high])

/** Hartmann's functions: −Σᵢ αᵢ exp(−Σⱼ Aᵢⱼ (xⱼ − Pᵢⱼ)²). */
function hartmann(widths: readonly (readonly number[])[], centres: readonly (readonly number[])[]) {
  const heights = [1, 1.2, 3, 3.2]
  return (x: readonly number[]): number =>
    -sum(
      heights.map(
        (height, i) =>
          height * Math.exp(-sum(x.map((value, j) => widths[i]![j]! * (value - centres[i]![j]! / 1e4) ** 2))),
      ),
    )
}

/** Definitions and least values: Surjanovic and Bingham, "Virtual Library of Simulation Experiments", https://www.sfu.ca/~ssurjano/optimization.html. */
export const FUNCTIONS: readonly ContinuousFunction[] = [
  {
    name: 'branin-2',
    domain: [
      [-5, 10],
      [0, 15],
    ],
    least: 0.39788735772973816,
    at: ([x = 0, y = 0]) =>
      (y - (5.1 / (4 * Math.PI ** 2)) * x ** 2 + (5 / Math.PI) * x - 6) ** 2 +
      10 * (1 - 1 / (8 * Math.PI)) * Math.cos(x) +
      10,
  },
  {
    name: 'hartmann-3',
    domain: same(3, 0, 1),
    least: -3.86277978733266,
    at: hartmann(
      [
        [3, 10, 30],
        [0.1, 10, 35],
        [3, 10, 30],
        [0.1, 10, 35],
      ],
      [
        [3689, 1170, 2673],
        [4699, 4387, 7470],
        [1091, 8732, 5547],
        [381, 5743, 8828],
      ],
    ),
  },
  {
    name: 'hartmann-6',
    domain: same(6, 0, 1),
    least: -3.3223680114155147,
    at: hartmann(
      [
        [10, 3, 17, 3.5, 1.7, 8],
        [0.05, 10, 17, 0.1, 8, 14],
        [3, 3.5, 1.7, 10, 17, 8],
        [17, 8, 0.05, 10, 0.1, 14],
      ],
      [
        [1312, 1696, 5569, 124, 8283, 5886],
        [2329, 4135, 8307, 3736, 1004, 9991],
        [2348, 1451, 3522, 2883, 3047, 6650],
        [4047, 8828, 8732, 5743, 1091, 381],
      ],
    ),
  },
  {
    name: 'ackley-5',
    domain: same(5, -20, 32),
    least: 0,
    at: x =>
      -20 * Math.exp(-0.2 * Math.sqrt(sum(x.map(v => v ** 2)) / x.length)) -
      Math.exp(sum(x.map(v => Math.cos(2 * Math.PI * v))) / x.length) +
      20 +
      Math.E,
  },
  {
    name: 'rosenbrock-4',
    domain: same(4, -5, 10),
    least: 0,
    at: x => sum(x.slice(1).map((next, i) => 100 * (next - x[i]! ** 2) ** 2 + (1 - x[i]!) ** 2)),
  },
  {
    name: 'levy-5',
    domain: same(5, -10, 10),
    least: 0,
    at: x => {
      const w = x.map(v => 1 + (v - 1) / 4)
      const last = w.at(-1)!
      return (
        Math.sin(Math.PI * w[0]!) ** 2 +
        sum(w.slice(0, -1).map(v => (v - 1) ** 2 * (1 + 10 * Math.sin(Math.PI * v + 1) ** 2))) +
        (last - 1) ** 2 * (1 + Math.sin(2 * Math.PI * last) ** 2)
      )
    },
  },
  {
    name: 'styblinski-tang-4',
    domain: same(4, -5, 5),
    least: 4 * -39.16616570377142,
    at: x => sum(x.map(v => v ** 4 - 16 * v ** 2 + 5 * v)) / 2,
  },
  {
    name: 'rastrigin-4',
    domain: same(4, -4, 5.12),
    least: 0,
    at: x => 10 * x.length + sum(x.map(v => v ** 2 - 10 * Math.cos(2 * Math.PI * v))),
  },
]
