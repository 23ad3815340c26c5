import { useCallback, useMemo, useSyncExternalStore } from 'react'

/** As the style sheets know phones. */
export const PHONE_PX = 640

/** Whether the window is at most this wide. */
export function useNarrow(px: number): boolean {
  const narrow = useMemo(() => matchMedia(`(max-width: ${px}px)`), [px])
  return useSyncExternalStore(
    useCallback(
      listener => {
        narrow.addEventListener('change', listener)
        return () => narrow.removeEventListener('change', listener)
      },
      [narrow],
    ),
    () => narrow.matches,
  )
}
