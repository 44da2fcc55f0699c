// The theme's colours for what is drawn on a canvas, which knows no custom properties.

/** The names of theme.css that canvases draw with. */
export type ColourName =
  | 'panel'
  | 'line'
  | 'line-strong'
  | 'ink'
  | 'muted'
  | 'faint'
  | 'accent'
  | 'up'
  | 'down'
  | 'warn'

/** A colour of the theme as it is now, as `rgb(...)`. Ask again when the theme changes. */
export function colour(name: ColourName): string {
  probe.style.color = `var(--${name})`
  if (!probe.isConnected) document.body.append(probe)
  return getComputedStyle(probe).color
}

const probe = document.createElement('span')
probe.hidden = true
