/**
 * Does `work` for 0, 1, 2 … below `count`, at most `most` of them at once; an error, or `isEnough`, begins no more of them.
 *
 * @example
 * const lengths: number[] = []
 * await atOnce(3, 2, async i => { lengths[i] = ['a', 'bc', 'def'][i]!.length })
 */
export async function atOnce(
  count: number,
  most: number,
  work: (i: number) => Promise<void>,
  isEnough: () => boolean = () => false,
): Promise<void> {
  let next = 0
  const lane = async (): Promise<void> => {
    try {
      while (next < count && !isEnough()) await work(next++)
    } catch (error) {
      next = count
      throw error
    }
  }
  await Promise.all(Array.from({ length: Math.min(most, count) }, lane))
}
