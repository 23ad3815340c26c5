/** Milliseconds since 1970. When a run was made is a fact about it; nothing that is computed depends on it. */
export const wallClock = (): number => Date.now()

/** When something recorded was made, as a date. */
export const dateAt = (ms: number): Date => new Date(ms)
