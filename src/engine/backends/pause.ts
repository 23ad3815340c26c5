/** Resolves once timers, input and signals had their turn. */
export function pause(): Promise<void> {
  return new Promise(resolve => {
    if (typeof setImmediate === 'function') return void setImmediate(resolve)
    // In a browser, where a nested timer would wait for 4 ms.
    const { port1, port2 } = new MessageChannel()
    Object.assign(port1, { onmessage: () => resolve() })
    port2.postMessage(null)
  })
}
