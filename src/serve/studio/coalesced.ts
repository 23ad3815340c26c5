/**
 * Work that is asked for while it is being done is then done once more, however often it was asked for: a store that answers slowly gets
 * no queue of the same questions. The promise resolves after work that began later than the call. `work` handles its own errors.
 */
export function coalesced(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | null = null
  let next: Promise<void> | null = null
  const begin = (): Promise<void> => {
    next = null
    running = work().finally(() => {
      running = null
    })
    return running
  }
  return () => {
    if (running === null) return next ?? begin()
    next ??= running.then(begin)
    return next
  }
}
