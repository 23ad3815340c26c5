import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitepress'
import { slugOf } from './slug.ts'

const source = fileURLToPath(new URL('../source/', import.meta.url))
const read = (path: string): string => readFileSync(join(source, path), 'utf8')

/** The pages that a table of contents links to, in its order. */
function listed(folder: string): { readonly text: string; readonly link: string }[] {
  const links = read(`${folder}/index.md`).matchAll(/\[([^\]]+)\]\(\.\/([\w-]+)\.md\)/g)
  return [...links].map(([, text, page]) => ({ text: text!, link: `/${folder}/${page}` }))
}

/** `38. Samplers of our own` of every decision. */
function decisions() {
  return readdirSync(join(source, 'decisions'))
    .filter(file => /^\d{4}-/.test(file))
    .map(file => ({
      text: /^# (.*)$/m.exec(read(`decisions/${file}`))![1]!.replaceAll('`', ''),
      link: `/decisions/${file.replace('.md', '')}`,
    }))
}

const guide = [
  { text: 'Guide', link: '/guide/', items: listed('guide') },
  { text: 'Concepts', link: '/concepts/', items: listed('concepts'), collapsed: false },
  {
    text: 'More',
    items: [
      { text: 'Glossary', link: '/glossary' },
      { text: 'Measured', link: '/measured' },
      { text: 'ONNX: what is read', link: '/onnx-cases' },
      { text: 'Log', link: '/log' },
    ],
  },
]

const reference = (
  JSON.parse(read('reference/pages.json')) as { readonly slug: string; readonly title: string }[]
).map(({ slug, title }) => ({ text: title, link: `/reference/${slug}` }))

const isServerOnly = [/^node:/]

export default defineConfig({
  title: 'Heddle',
  description: 'A workbench for image classifiers in TypeScript: train, compare, understand and ship them',
  lang: 'en',
  srcDir: './source',
  outDir: '../build/site',
  cacheDir: '../build/site-cache',
  base: process.env.DOCS_BASE ?? '/',
  cleanUrls: true,
  markdown: {
    anchor: { slugify: slugOf },
    theme: { light: 'github-light-high-contrast', dark: 'github-dark' },
    // Indented code looks like fenced code, and scrolls on a phone.
    config: ({ renderer: { rules } }) => {
      rules.code_block = (tokens, i, ...more) => {
        tokens[i]!.info = 'text'
        return rules.fence!(tokens, i, ...more)
      }
    },
  },
  themeConfig: {
    outline: [2, 3],
    search: {
      provider: 'local',
      options: {
        // Files that are shown because a document refers to them are not looked for.
        _render: (text, env, md) => (env.frontmatter?.search === false ? '' : md.render(text, env)),
      },
    },
    nav: [
      { text: 'Guide', link: '/guide/', activeMatch: '^/(guide|concepts|glossary)' },
      { text: 'Reference', link: '/reference/', activeMatch: '^/reference' },
      { text: 'Measured', link: '/measured' },
      { text: 'Playground', link: '/playground' },
      { text: 'Decisions', link: '/decisions/0001-shards', activeMatch: '^/decisions' },
    ],
    sidebar: {
      '/reference/': [{ text: 'Reference', link: '/reference/', items: reference }],
      '/decisions/': [{ text: 'Decisions', items: decisions() }],
      '/playground': [],
      '/': guide,
    },
  },
  vite: {
    worker: { format: 'es', rolldownOptions: { external: isServerOnly } },
    build: { chunkSizeWarningLimit: 1500 },
  },
})
