/** Milliseconds since some moment: for durations only. */
export type Clock = () => number

export const systemClock: Clock = () => performance.now()
