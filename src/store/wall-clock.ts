/** Milliseconds since 1970. When a run was made is a fact about it; nothing that is computed depends on it. */
export const wallClock = (): number => Date.now()
