// Light or dark: what the system prefers, or what the viewer has chosen.

import { element } from '../dom.ts'
import { keepChoice, keptChoice } from '../kept.ts'
import type { Theme } from '../page_context.ts'
import type { Value } from '../value.ts'
import { colour } from './colours.ts'
import { icon } from './icons.ts'

const CHOICES = ['system', 'light', 'dark'] as const
type Choice = (typeof CHOICES)[number]

const NAMES: Readonly<Record<Choice, string>> = { system: 'as the system', light: 'light', dark: 'dark' }

/** The button that goes through the choices. It keeps `theme` at what is shown. */
export function themeButton(theme: Value<Theme>): HTMLElement {
  const prefersDark = matchMedia('(prefers-color-scheme: dark)')
  let choice: Choice = keptChoice('theme', CHOICES)
  const browserBar = element('meta', { attributes: { name: 'theme-color' } })
  document.head.append(browserBar)
  const button = element('button', {
    attributes: { type: 'button', class: 'button', 'data-kind': 'bare' },
    on: {
      click: () => {
        choice = CHOICES[(CHOICES.indexOf(choice) + 1) % CHOICES.length] as Choice
        keepChoice('theme', choice)
        show()
      },
    },
  })
  const show = () => {
    // The attribute comes first: who watches the value asks for the colours.
    if (choice === 'system') delete document.documentElement.dataset.theme
    else document.documentElement.dataset.theme = choice
    theme.set(choice === 'system' ? (prefersDark.matches ? 'dark' : 'light') : choice)
    browserBar.content = colour('panel')
    const words = `Colours: ${NAMES[choice]}`
    button.title = words
    button.setAttribute('aria-label', words)
    button.replaceChildren(icon(choice))
  }
  prefersDark.addEventListener('change', show)
  show()
  return button
}
