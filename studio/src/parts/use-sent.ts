import { useState } from 'react'

/** What is sent, one after the other: whether an answer is awaited, and what was refused last. */
export function useSent() {
  const [{ isBusy, error }, setState] = useState<{ isBusy: boolean; error: Error | null }>(IDLE)
  const sent = (work: Promise<unknown>): void => {
    setState({ isBusy: true, error: null })
    work.then(
      () => setState(IDLE),
      refused => setState({ isBusy: false, error: refused }),
    )
  }
  return { isBusy, error, sent }
}

const IDLE = { isBusy: false, error: null }
