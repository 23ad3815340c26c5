import { Hub, type Wish } from './hub.ts'

/** The hub of all pages of a browser. */
const hub = new Hub()

;(globalThis as unknown as { onconnect: (event: MessageEvent) => void }).onconnect = ({ ports }) => {
  const port = ports[0]!
  const wish = hub.join(news => port.postMessage(news))
  port.onmessage = ({ data }: MessageEvent<Wish>) => wish(data)
}
