import { fileURLToPath } from 'node:url'
import { defineConfig, type Plugin } from 'vite'

/** The scripts of each export: see src/network/web-page.ts. */
const EXPORTED = '<script src="./engine.js"></script>\n    <script src="./model.js"></script>\n  '

/** A page that is opened from a disk may not load modules: style and code go into the page. */
const inOneFile: Plugin = {
  name: 'in-one-file',
  enforce: 'post',
  generateBundle(_options, bundle) {
    const page = bundle['page.html']
    if (page?.type !== 'asset') throw new Error('vite made no page.html.')
    let html = String(page.source)
    for (const [name, file] of Object.entries(bundle)) {
      if (name === 'page.html') continue
      const code = file.type === 'chunk' ? file.code : String(file.source)
      const tag = new RegExp(
        `[ \\t]*<(script|link)\\b[^>]*(?:src|href)="[^"]*${name}"[^>]*>(?:</script>)?\\n?`,
      )
      if (!tag.test(html)) throw new Error(`page.html does not name ${name}.`)
      html = html.replace(tag, '')
      const [before, own] =
        file.type === 'chunk'
          ? ['</body>', `<script type="module">${code.replaceAll('</script', '<\\/script')}</script>\n`]
          : ['</head>', `<style>${code}</style>\n`]
      html = html.replace(before, () => own + before)
      delete bundle[name]
    }
    page.source = html.replace('</head>', () => `${EXPORTED}</head>`)
    page.fileName = 'index.html'
  },
}

export default defineConfig({
  root: fileURLToPath(new URL('.//', import.meta.url)),
  base: './',
  plugins: [inOneFile],
  build: {
    outDir: '../build/page',
    emptyOutDir: true,
    modulePreload: false,
    rolldownOptions: {
      input: fileURLToPath(new URL('page.html', import.meta.url)),
      // What the engine does in Node alone: the page never gets there.
      external: [/^node:/],
      checks: { pluginTimings: false },
    },
  },
})
