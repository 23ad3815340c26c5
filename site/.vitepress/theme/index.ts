import type { Theme } from 'vitepress'
import DefaultTheme from 'vitepress/theme'
import MeasuredChart from './measured-chart.vue'
import PlayGround from './play-ground.vue'
import './style.css'

export default {
  extends: DefaultTheme,
  enhanceApp({ app }) {
    app.component('MeasuredChart', MeasuredChart)
    app.component('PlayGround', PlayGround)
  },
} satisfies Theme
