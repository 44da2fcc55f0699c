// The page's few icons, drawn as lines in a box of 16.

const SVG = 'http://www.w3.org/2000/svg'

const PATHS = {
  brand: 'M1.5 11.5c2-3.5 3.5-3.5 5-1s3 2 4-1.5 2.5-5 4-5',
  symbols: 'M2 4h12M2 8h12M2 12h12',
  chart: 'M4 2v3M4 11v3M4 5h0v6M12 2v2M12 9v4M2.8 5h2.400v6H2.800zM10.8 4h2.400v5h-2.400z',
  alerts: 'M8 2a4 4 0 0 1 4 4c0 4 1.5 5 1.5 5h-11S4 10 4 6a4 4 0 0 1 4-4zM6.8 13.500h2.4',
  flow: 'M2 4.500h4M10 4.500h4M2 11.500h8M6 2.500h4v4H6zM10 9.500h4v4h-4z',
  refused: 'M8 2 14.5 13.500h-13zM8 6.500v3.200M8 11.600v.1',
  sql: 'M3 4c0-3 10-3 10 0s-10 3-10 0zM3 4v8c0 3 10 3 10 0V4M3 8c0 3 10 3 10 0',
  light:
    'M8 5a3 3 0 1 1 0 6 3 3 0 0 1 0-6zM8 1v1.500M8 13.500V15M1 8h1.500M13.5 8H15M3 3l1 1M12 12l1 1M13 3l-1 1M4 12l-1 1',
  dark: 'M13.5 9.500A6 6 0 0 1 6.5 2.500a6 6 0 1 0 7 7z',
  system: 'M2 3h12v8H2zM6 14h4M8 11v3',
  down: 'M4 6.5 8 10.5 12 6.5',
  close: 'M4 4l8 8M12 4l-8 8',
} as const

export type IconName = keyof typeof PATHS

/** An icon; what it means must stand beside it as text. */
export function icon(name: IconName): SVGSVGElement {
  const svg = document.createElementNS(SVG, 'svg')
  const path = document.createElementNS(SVG, 'path')
  svg.setAttribute('viewBox', '0 0 16 16')
  svg.setAttribute('class', 'icon')
  svg.setAttribute('aria-hidden', 'true')
  path.setAttribute('d', PATHS[name])
  svg.append(path)
  return svg
}
