// What a panel is.

import type { PageContext } from './page_context.ts'

/** A part of the page: made once, it keeps itself up to date. */
export type Panel = (context: PageContext) => HTMLElement
