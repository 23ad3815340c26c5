import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

// What the engine does in Node alone: its pages never get there. The plugins' timings are of no use here.
const rolldownOptions = { external: [/^node:/], checks: { pluginTimings: false } }
const root = fileURLToPath(new URL('.//', import.meta.url))

export default defineConfig({
  root,
  base: '/',
  build: {
    outDir: '../build/studio',
    emptyOutDir: true,
    // The studio's policy has no data: addresses but for images.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // One for the charts is as large as that.
    chunkSizeWarningLimit: 1500,
    rolldownOptions,
  },
  worker: { format: 'es', rolldownOptions },
})
