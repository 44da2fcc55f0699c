// The page's beginning: what it stands on is made here, then its panels.

import { element } from './dom.ts'
import type { Connection } from './page_context.ts'
import { Value } from './value.ts'

const connection = new Value<Connection>('connecting')
const badge = element('output', { attributes: { id: 'connection' } })
connection.watch((state) => {
  badge.textContent = state
})
document.body.append(badge)
