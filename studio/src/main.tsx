import './design/tokens.css'
import './design/base.css'
import './design/parts.css'
import './design/tables.css'
import './design/card.css'
import './shell.css'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import { startTheme } from './design/theme.ts'

startTheme()
createRoot(document.getElementById('app')!).render(
  <StrictMode>
    <App />
  </StrictMode>,
)
